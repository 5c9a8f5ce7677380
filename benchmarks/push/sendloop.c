/* What the kernel allows: one message to many sockets, nothing else. */
#include <stddef.h>
#include <sys/socket.h>

/* Return how many sockets took the whole message. */
int send_to_all(const int *sockets, int count, const char *message, size_t bytes) {
    int sent = 0;
    for (int i = 0; i < count; i++)
        sent += send(sockets[i], message, bytes, MSG_NOSIGNAL | MSG_DONTWAIT) == (ssize_t)bytes;
    return sent;
}
