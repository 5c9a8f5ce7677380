// Who lost a game that is over. Pure.
import { Side } from "../../generated/scoreline/v1/game_pb.ts";
import { GameStatus, type ScoreState } from "../../generated/scoreline/v1/state_pb.ts";
import { isOver } from "./labels.ts";

/** Return the side that lost; unspecified while the game is on, and where nobody did. */
export function loser(state: ScoreState): Side {
  const { situation, score } = state;
  if (!isOver(state.status) || state.status === GameStatus.ABANDONED) return Side.UNSPECIFIED;
  // A retirement or a revised target makes winners of sides with the smaller score.
  if (situation.case === "tennis" || situation.case === "cricket") {
    if (situation.value.winner) return situation.value.winner === Side.HOME ? Side.AWAY : Side.HOME;
    if (situation.case === "cricket") return Side.UNSPECIFIED; // a draw goes by no score
  }
  const lead = (score?.home ?? 0) - (score?.away ?? 0) || (score?.homeShootout ?? 0) - (score?.awayShootout ?? 0);
  return lead < 0 ? Side.HOME : lead > 0 ? Side.AWAY : Side.UNSPECIFIED;
}
