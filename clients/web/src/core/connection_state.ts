// What a viewer is told about the connection. Pure.

/** Where the connection stands. */
export type ConnectionState =
  | { readonly kind: "connecting" }
  | { readonly kind: "live"; readonly degraded: boolean; readonly slow: boolean }
  | { readonly kind: "reconnecting"; readonly retryAtMs: number }
  | { readonly kind: "polling" }
  | { readonly kind: "offline" }
  | { readonly kind: "stopped"; readonly code: number };

/** Return the words for it, at our time `nowMs`. */
export function connectionWords(state: ConnectionState, nowMs: number): string {
  switch (state.kind) {
    case "connecting":
      return "Connecting";
    case "live":
      if (state.degraded) return "Live, source delayed";
      return state.slow ? "Live, slow network" : "Live";
    case "reconnecting": {
      const seconds = Math.ceil((state.retryAtMs - nowMs) / 1000);
      return seconds > 0 ? `Reconnecting in ${seconds} s` : "Reconnecting";
    }
    case "polling":
      return "Polling, updates every few seconds";
    case "offline":
      return "Offline";
    case "stopped":
      return `Disconnected (${state.code}), reload the page`;
  }
}
