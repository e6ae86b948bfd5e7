using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using PgmCluster.Chaos.Clusters;
using PgmCluster.Cluster.Tests.Support;
using PgmCluster.TestSupport;
using PgmCluster.TestSupport.Processes;

namespace PgmCluster.Cluster.Tests.Processes;

/// <summary>
/// <c>deploy/slurm</c> with stand-ins for srun, scancel, scontrol and squeue, which give each node an address of this machine's loopback: PostgreSQL,
/// certificates and silos are the real ones.
/// </summary>
[Collection(PostgresCollection.Name)]
public sealed partial class SlurmTests : IDisposable
{
    private static readonly string s_script = Path.Combine(RepositoryRoot.Path, "deploy", "slurm", "pgm.sbatch");

    private readonly string _directory = Directory.CreateTempSubdirectory("pgm-slurm-").FullName;

    public SlurmTests()
    {
        if (PostgresServer.Missing is { } missing) throw new SkippedException($"PostgreSQL cannot run here: {missing}");
        Program(
            "srun",
            """
            while [[ ${1:-} == --* ]]; do shift; done
            pids=()
            # As srun does: who is told to end kills the step at once.
            trap 'for pid in "${pids[@]}"; do kill -KILL -- "-$pid"; done 2> /dev/null' TERM EXIT
            for node in ${SLURM_JOB_NODELIST//,/ }; do SLURMD_NODENAME=$node setsid "$@" & pids+=($!); done
            printf '%s\n' "${pids[@]}" > "$FAKE_STEP"
            for pid in "${pids[@]}"; do while kill -0 "$pid" 2> /dev/null; do wait "$pid"; done; done
            """);
        Program("scancel", """while read -r pid; do kill -s "${1#--signal=}" -- "-$pid"; done < "$FAKE_STEP" """);
        Program("scontrol", """if [ "$1" = show ]; then tr , '\n' <<< "$3"; else echo "$@" >> "$FAKE_LOG"; fi""");
        Program("squeue", """[ "$3" != 5 ] || echo "5 running" """);
        Directory.CreateDirectory(Path.Combine(_directory, "shared"));
        // PostgreSQL's user has to pass.
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(_directory, (UnixFileMode)0b111_001_001);
    }

    private string Shared => Path.Combine(_directory, "shared", "pgm");

    private string Requeued => Path.Combine(_directory, "requeued");

    public void Dispose() => TemporaryFiles.Delete(_directory);

    /// <summary>The time of a job is over in the middle of a training: the next one goes on with it.</summary>
    [Fact]
    public async Task Job_TimeIsOver_IsQueuedAgainAndTheNextGoesOnWhereItWas()
    {
        // So many steps that none ends on its own.
        var train = "$PGM dataset add fashion \"$SAMPLES\" --validation 1000 --json > /dev/null && $PGM train r1 --preset classifier-smoke "
            + "--dataset fashion --set training.steps=1000000 --workers 2 --wait";
        long reached;
        using (var first = Job(7, "bash", "-c", train))
        {
            reached = await StepAsync(first, above: 0);
            first.Signal("TERM");
            Assert.Equal(0, await first.WaitForExitAsync());
            Assert.Equal("requeue 7\n", await File.ReadAllTextAsync(Requeued));
            Assert.False(File.Exists(Path.Combine(Shared, "job")), "a job that is over is noted no longer");
        }

        using var second = Job(8, "bash", "-c", train);
        await StepAsync(second, above: reached);
        // It saved when it was told to stop: nothing is computed again.
        var begun = int.Parse(FirstStep().Match(second.Out).Groups[1].Value, CultureInfo.InvariantCulture);
        Assert.True(begun >= reached, $"the second job began with step {begun}, the first one had reached {reached}");
        await PgmAsync("runs", "cancel", "r1");
        Assert.NotEqual(0, await second.WaitForExitAsync());
        Assert.Equal("requeue 7\n", await File.ReadAllTextAsync(Requeued));
    }

    [Fact]
    public async Task Job_AnotherRunsOnTheDirectory_IsRefused()
    {
        Directory.CreateDirectory(Shared);
        await File.WriteAllTextAsync(Path.Combine(Shared, "job"), "5\n");

        using var job = Job(9);

        Assert.Equal(1, await job.WaitForExitAsync());
        Assert.Contains($"slurm: job 5 uses {Shared}. Let it end, cancel it (scancel 5), or name another directory.", job.Error);
        Assert.Equal("5\n", await File.ReadAllTextAsync(Path.Combine(Shared, "job")));
    }

    private ChildProcess Job(int id, params string[] command) => ChildProcess.Start(
        [s_script, Shared, .. command],
        new Dictionary<string, string?>
        {
            ["PATH"] = $"{Path.Combine(_directory, "bin")}:{Environment.GetEnvironmentVariable("PATH")}",
            ["PGM"] = $"dotnet exec {LocalCluster.Program}",
            ["SAMPLES"] = Path.Combine(RepositoryRoot.Path, "deploy", "sample-data", "fashion-mnist"),
            ["FAKE_LOG"] = Requeued,
            ["FAKE_STEP"] = Path.Combine(_directory, "step"),
            ["SLURM_JOB_ID"] = $"{id}",
            ["SLURM_JOB_NODELIST"] = "127.0.0.2,127.0.0.3",
            ["PGM_CORESPERDEVICE"] = "1",
            ["PGM_IMPORTROOTS"] = RepositoryRoot.Path,
            ["PGM_REQUEUE"] = "1",
        });

    private async Task<long> StepAsync(ChildProcess job, long above)
    {
        await Until.Holds(
            "r1 is submitted to a cluster of this job", () => job.HasExited || job.Out.Contains("step", StringComparison.Ordinal));
        Assert.False(job.HasExited, job.ToString());
        return await Until.Holds(
            $"r1 is above step {above} on two devices",
            async () =>
            {
                using var shown = JsonDocument.Parse(await PgmAsync("runs", "show", "r1", "--json"));
                using var workers = JsonDocument.Parse(await PgmAsync("workers", "--json"));
                Assert.Equal(2, workers.RootElement.GetProperty("workers").GetArrayLength());
                return shown.RootElement.GetProperty("status").GetProperty("progress").GetProperty("done").GetInt64();
            },
            step => step > above);
    }

    /// <summary>As from another shell, by what the job has written for it.</summary>
    private Task<string> PgmAsync(params string[] arguments) => ChildProcess.RunAsync(
        ["bash", "-c", $". '{Shared}/env' && exec dotnet exec '{LocalCluster.Program}' \"$@\"", "pgm", .. arguments]);

    private void Program(string name, string body)
    {
        var file = Path.Combine(Directory.CreateDirectory(Path.Combine(_directory, "bin")).FullName, name);
        File.WriteAllText(file, "#!/usr/bin/env bash\n" + body + "\n");
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(file, (UnixFileMode)0b111_101_101);
    }

    [GeneratedRegex(@"step (\d+)/1000000")]
    private static partial Regex FirstStep();
}
