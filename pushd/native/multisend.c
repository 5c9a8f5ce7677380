/* What is done to many sockets in one call, without Python in between. pushd/multisend.py has the twins.
 *
 * accept(listener, limit) -> list of descriptors
 *
 * Takes up to `limit` waiting connections, none of which blocks or is inherited by children. An error ends the
 * list early; raises it only when nothing was taken, and never for an empty queue.
 *
 * send(descriptors, start, stop, data) -> list of (index, outcome)
 *
 * Lists those that did not take all of `data`: outcome >= 0 is how many bytes a socket took (0: it would
 * block), outcome < 0 is minus errno. An empty list is the usual answer. Never blocks, never raises SIGPIPE,
 * never retries: what to do with a short write is the caller's to decide.
 */

#define _GNU_SOURCE

#define PY_SSIZE_T_CLEAN
#define Py_LIMITED_API 0x030b0000

#include <Python.h>

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

static int
note(PyObject *missed, Py_ssize_t index, Py_ssize_t outcome)
{
    PyObject *pair = Py_BuildValue("(nn)", index, outcome);
    if (pair == NULL) {
        return -1;
    }
    int failed = PyList_Append(missed, pair);
    Py_DECREF(pair);
    return failed;
}

static PyObject *
multisend_send(PyObject *module, PyObject *args)
{
    Py_buffer descriptors, data;
    Py_ssize_t start, stop;
    PyObject *missed = NULL;

    (void)module;
    if (!PyArg_ParseTuple(args, "y*nny*:send", &descriptors, &start, &stop, &data)) {
        return NULL;
    }
    /* An array of C ints as bytes; the bounds are checked here because nothing below could. */
    if (descriptors.len % (Py_ssize_t)sizeof(int) != 0 || start < 0 || stop < start
        || stop > descriptors.len / (Py_ssize_t)sizeof(int)) {
        PyErr_SetString(PyExc_ValueError, "start and stop must lie within an array of C ints");
        goto done;
    }
    missed = PyList_New(0);
    if (missed == NULL) {
        goto done;
    }
    const int *sockets = descriptors.buf;
    for (Py_ssize_t at = start; at < stop; at++) {
        ssize_t sent;
        do {
            sent = send(sockets[at], data.buf, (size_t)data.len, MSG_DONTWAIT | MSG_NOSIGNAL);
        } while (sent < 0 && errno == EINTR);
        if (sent == data.len) {
            continue;
        }
        if (sent < 0) {
            sent = (errno == EAGAIN || errno == EWOULDBLOCK) ? 0 : -(ssize_t)errno;
        }
        if (note(missed, at, sent) < 0) {
            Py_CLEAR(missed);
            break;
        }
    }
done:
    PyBuffer_Release(&descriptors);
    PyBuffer_Release(&data);
    return missed;
}

static PyObject *
multisend_accept(PyObject *module, PyObject *args)
{
    int listener, limit;

    (void)module;
    if (!PyArg_ParseTuple(args, "ii:accept", &listener, &limit)) {
        return NULL;
    }
    PyObject *accepted = PyList_New(0);
    for (int taken = 0; accepted != NULL && taken < limit; taken++) {
        int descriptor = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (descriptor < 0) {
            if (errno == ECONNABORTED || errno == EINTR) {
                continue; /* that one has gone; the next may wait */
            }
            if (errno != EAGAIN && errno != EWOULDBLOCK && taken == 0) {
                Py_DECREF(accepted);
                return PyErr_SetFromErrno(PyExc_OSError);
            }
            break;
        }
        PyObject *number = PyLong_FromLong(descriptor);
        if (number == NULL || PyList_Append(accepted, number) < 0) {
            close(descriptor);
            Py_CLEAR(accepted);
        }
        Py_XDECREF(number);
    }
    return accepted;
}

static PyMethodDef methods[] = {
    {"accept", multisend_accept, METH_VARARGS, "Take up to limit waiting connections."},
    {"send", multisend_send, METH_VARARGS, "Write data to descriptors[start:stop]; list who did not take all."},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT, .m_name = "_multisend", .m_size = 0, .m_methods = methods,
};

PyMODINIT_FUNC
PyInit__multisend(void)
{
    return PyModuleDef_Init(&definition);
}
