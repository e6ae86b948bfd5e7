using PgmCluster.Execution.Faults;

namespace PgmCluster.Faults;

/// <summary>
/// Gates at fault points: a test closes one before the work comes there, waits until a process stands at it, does what it wants to be done
/// just then, and opens it. A gate is a file in a directory that <c>PGM_GATES</c> names to the processes; without such a file a place costs
/// one look.
/// </summary>
public sealed class Gates : IDisposable
{
    private readonly string _directory;

    private Gates(string directory) => _directory = directory;

    /// <summary>In a directory of its own.</summary>
    public static Gates Create() => new(Directory.CreateTempSubdirectory("pgm-gates-").FullName);

    /// <summary>Those of the test that started this process; null where it has none.</summary>
    public static Gates? FromEnvironment() =>
        Environment.GetEnvironmentVariable("PGM_GATES") is { Length: > 0 } directory ? new Gates(directory) : null;

    /// <summary>What a process has to be started with.</summary>
    public IReadOnlyDictionary<string, string?> Variables =>
        new Dictionary<string, string?> { ["PGM_GATES"] = _directory, ["DOTNET_STARTUP_HOOKS"] = Hook };

    /// <summary>This assembly, as it lies beside the tests.</summary>
    internal static string Hook => Path.Combine(AppContext.BaseDirectory, "PgmCluster.Faults.dll");

    /// <summary>Closes the gate at a place.</summary>
    /// <param name="point">The place's name.</param>
    /// <param name="work">What is done there.</param>
    /// <param name="step">How far it is.</param>
    public Gate Close(string point, string work, long step = 0)
    {
        var gate = new Gate(PathOf(point, work, step));
        gate.Close();
        return gate;
    }

    /// <summary>Puts a run on a leash.</summary>
    /// <param name="run">Its id.</param>
    /// <param name="steps">As many as it may do.</param>
    public Leash Leash(string run, long steps)
    {
        var leash = new Leash(PathOf("leash", run, 0));
        leash.LetDo(steps);
        return leash;
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    internal void Reached(FaultPlace place)
    {
        // A directory that is gone belongs to a test that is over.
        if (place.Rank != 0) return;
        new Gate(PathOf(place.Point, place.Work, place.Step)).Pass();
        if (place.Point == "stepped") new Leash(PathOf("leash", place.Work, 0)).Pass(place.Step + 1, place.Subject as Func<bool>);
    }

    private string PathOf(string point, string work, long step) => Path.Combine(_directory, $"{point}-{work.Replace('/', '-')}-{step}");
}
