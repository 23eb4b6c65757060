/* Preloaded into redis-server or the daemon: a disk that is slow or full, a wall clock that is wrong. Read from small
 * files at every call, so that a test may turn it while the process runs:
 *   SHIM_SYNC_MS     milliseconds that fsync and fdatasync take
 *   SHIM_DISK_FULL   while this file exists, writes to regular files fail with ENOSPC
 *   SHIM_CLOCK_S     seconds by which CLOCK_REALTIME is ahead; every other clock is right
 * System calls directly: nothing of this may wait for the dynamic linker. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static long number_in(const char* variable) {
    const char* path = getenv(variable);
    char text[32] = {0};
    if (path == NULL) return 0;
    const int file = (int)syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
    if (file < 0) return 0;
    const long got = syscall(SYS_read, file, text, sizeof text - 1);
    syscall(SYS_close, file);
    return got > 0 ? strtol(text, NULL, 10) : 0;
}

static void be_slow(void) {
    const long ms = number_in("SHIM_SYNC_MS");
    struct timespec pause = {ms / 1000, (ms % 1000) * 1000000};
    if (ms > 0) syscall(SYS_nanosleep, &pause, NULL);
}

int fsync(int file) {
    be_slow();
    return (int)syscall(SYS_fsync, file);
}

int fdatasync(int file) {
    be_slow();
    return (int)syscall(SYS_fdatasync, file);
}

ssize_t write(int file, const void* data, size_t bytes) {
    const char* flag = getenv("SHIM_DISK_FULL");
    struct stat kind;
    if (flag != NULL && syscall(SYS_access, flag, F_OK) == 0 && fstat(file, &kind) == 0 && S_ISREG(kind.st_mode)) {
        errno = ENOSPC;
        return -1;
    }
    return syscall(SYS_write, file, data, bytes);
}

int clock_gettime(clockid_t clock, struct timespec* now) {
    const int failed = (int)syscall(SYS_clock_gettime, clock, now);
    if (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE) now->tv_sec += number_in("SHIM_CLOCK_S");
    return failed;
}

int gettimeofday(struct timeval* restrict now, void* restrict zone) {
    struct timespec exact;
    (void)zone;
    clock_gettime(CLOCK_REALTIME, &exact);
    now->tv_sec = exact.tv_sec;
    now->tv_usec = exact.tv_nsec / 1000;
    return 0;
}

time_t time(time_t* out) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (out != NULL) *out = now.tv_sec;
    return now.tv_sec;
}
