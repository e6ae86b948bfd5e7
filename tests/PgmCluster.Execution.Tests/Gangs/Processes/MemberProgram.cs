using System.Collections.Concurrent;
using System.Net;
using PgmCluster.Data.Artifacts;
using PgmCluster.Execution.Devices;
using PgmCluster.Execution.Documents;
using PgmCluster.Execution.Training;
using PgmCluster.Execution.Wire;
using PgmCluster.Execution.Wire.Judging;
using PgmCluster.Execution.Work;
using PgmCluster.Modeling.Runtime;

namespace PgmCluster.Execution.Tests.Gangs.Processes;

/// <summary>
/// The tests' own program, as a process that is a member of a gang: it says a line when it is ready, comes to a meeting, has done a step or
/// is at its end, and is told in lines to begin, to go on, that a change is wanted, and its seats.
/// </summary>
internal sealed class MemberProgram : IGangChannel
{
    /// <summary>The arguments that ask for it: worker, store, and a file with the work.</summary>
    public const string Asked = "gang-member";

    /// <summary>Many processes on few cores; and the weights are compared before every step.</summary>
    private static readonly GangOptions s_options = PatientGang.Options with { DigestSteps = 1 };

    private readonly BlockingCollection<GangSeat> _seats = [];
    private readonly SemaphoreSlim _mayGoOn = new(0);
    private volatile bool _isChangeWanted;
    private long _done;

    private MemberProgram(string worker, DataPlane plane) => (Worker, DataPlane) = (worker, plane);

    public string Worker { get; }

    public DataPlane DataPlane { get; }

    public bool IsChangeWanted => _isChangeWanted;

    public static int Main(string[] arguments)
    {
        if (arguments is not [Asked, var worker, var store, var work]) throw new ArgumentException("Run the tests with 'dotnet test'.");
        NativeRuntime.Load();
        using var plane = new DataPlane(IPAddress.Loopback, options: s_options);
        new MemberProgram(worker, plane).Run(new DirectoryArtifactStore(store), WorkJson.Read<TrainWork>(File.ReadAllText(work)));
        return 0;
    }

    public GangSeat? Meet(long step, IReadOnlyList<string> lost)
    {
        Say(new MemberLine("meet") { Step = step, Lost = lost });
        var seat = _seats.Take();
        _isChangeWanted = false;
        return seat;
    }

    private void Run(DirectoryArtifactStore store, TrainWork work)
    {
        new Thread(Listen) { IsBackground = true }.Start();
        Say(new MemberLine("ready") { Text = DataPlane.Address });
        _mayGoOn.Wait();
        var outcome = new TrainItem(work).Run(new WorkContext
        {
            Generation = 1,
            Device = ComputeDevice.Cpu(),
            Artifacts = store,
            Gang = this,
            Progress = progress => StepDone(progress.Done),
        });
        Say(new MemberLine("done") { Text = outcome });
    }

    private void StepDone(long step)
    {
        // Said again when the gang has formed again.
        if (step <= _done) return;
        _done = step;
        Say(new MemberLine("step") { Step = step, Text = string.Join(' ', GangThreads()) });
        _mayGoOn.Wait();
    }

    private void Listen()
    {
        while (Console.ReadLine() is { } line)
        {
            if (line == "on") _mayGoOn.Release();
            else if (line == "change") _isChangeWanted = true;
            else _seats.Add(WorkJson.Read<GangSeat>(line));
        }
        // Whoever started it has gone.
        Environment.Exit(3);
    }

    private void Say(MemberLine line) => Console.Out.WriteLine(MemberLine.Mark + WorkJson.Write(line with
    {
        Connections = DataPlane.Traffic.Connections,
        StateBytes = DataPlane.Traffic.BytesOf(FrameKind.State),
    }));

    /// <summary>Of this process, those that carry what goes between members; the system keeps 15 characters of their names.</summary>
    private static IEnumerable<string> GangThreads() => Directory.GetDirectories("/proc/self/task")
        .Select(NameOf)
        .Where(name => name.StartsWith("pgm-gang", StringComparison.Ordinal) || name.StartsWith("pgm-data", StringComparison.Ordinal));

    private static string NameOf(string task)
    {
        try
        {
            return File.ReadAllText(Path.Combine(task, "comm")).Trim();
        }
        catch (IOException)
        {
            // It has ended meanwhile.
            return "";
        }
    }
}
