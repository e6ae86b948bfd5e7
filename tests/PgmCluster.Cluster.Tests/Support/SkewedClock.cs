using System.Globalization;
using PgmCluster.Chaos.Clusters;
using PgmCluster.TestSupport;
using PgmCluster.TestSupport.Processes;

namespace PgmCluster.Cluster.Tests.Support;

/// <summary>A process whose CLOCK_REALTIME is off, and no other of its clocks: a preloaded library shifts what libc answers.</summary>
internal sealed class SkewedClock : IDisposable
{
    private const string Source = """
        #define _GNU_SOURCE
        #include <dlfcn.h>
        #include <stdlib.h>
        #include <sys/time.h>
        #include <time.h>

        static long by(void)
        {
            static long seconds;
            static int known;
            if (!known) { const char *given = getenv("SKEW_SECONDS"); seconds = given ? atol(given) : 0; known = 1; }
            return seconds;
        }

        int clock_gettime(clockid_t clock, struct timespec *at)
        {
            static int (*real)(clockid_t, struct timespec *);
            if (!real) real = dlsym(RTLD_NEXT, "clock_gettime");
            int result = real(clock, at);
            if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) at->tv_sec += by();
            return result;
        }

        int gettimeofday(struct timeval *restrict at, void *restrict zone)
        {
            struct timespec now;
            (void)zone;
            if (clock_gettime(CLOCK_REALTIME, &now) != 0) return -1;
            at->tv_sec = now.tv_sec;
            at->tv_usec = now.tv_nsec / 1000;
            return 0;
        }

        time_t time(time_t *at)
        {
            struct timespec now;
            clock_gettime(CLOCK_REALTIME, &now);
            if (at) *at = now.tv_sec;
            return now.tv_sec;
        }
        """;

    private readonly string _directory = Directory.CreateTempSubdirectory("pgm-skew-").FullName;

    private SkewedClock()
    {
    }

    private string Library => Path.Combine(_directory, "skew.so");

    /// <summary>Compiles the library; the test is skipped where there is no C compiler.</summary>
    public static async Task<SkewedClock> CreateAsync()
    {
        if (!File.Exists("/usr/bin/cc"))
            throw new SkippedException("There is no /usr/bin/cc here to make a process's clock wrong with; install gcc.");
        var clock = new SkewedClock();
        var source = Path.Combine(clock._directory, "skew.c");
        await File.WriteAllTextAsync(source, Source);
        await ChildProcess.RunAsync(["/usr/bin/cc", "-shared", "-fPIC", "-O1", "-o", clock.Library, source, "-ldl"]);
        return clock;
    }

    /// <summary>The same silo on a machine whose clock is ahead by <paramref name="ahead"/>.</summary>
    public SiloPlan Of(SiloPlan plan, TimeSpan ahead) => plan with
    {
        Environment = new Dictionary<string, string?>(plan.Environment)
        {
            ["LD_PRELOAD"] = Library,
            ["SKEW_SECONDS"] = ((long)ahead.TotalSeconds).ToString(CultureInfo.InvariantCulture),
        },
    };

    public void Dispose() => TemporaryFiles.Delete(_directory);
}
