using System.Globalization;

namespace PgmCluster.Faults;

/// <summary>One place at which processes stand while it is closed.</summary>
/// <param name="path">The file that closes it.</param>
public sealed class Gate(string path)
{
    /// <summary>A process stands at it, or has.</summary>
    public bool IsReached => File.Exists(path + ".reached");

    /// <summary>For messages.</summary>
    public override string ToString() => Path.GetFileName(path);

    /// <summary>Whoever stands at it goes on, and nobody else is stopped.</summary>
    public void Open() => File.Delete(path);

    internal void Close() => File.WriteAllText(path, "");

    /// <summary>Where it is closed: says that it is reached, and waits until it is open.</summary>
    internal void Pass()
    {
        if (!File.Exists(path)) return;
        File.WriteAllText(path + ".reached", Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
        while (File.Exists(path)) Thread.Sleep(5);
    }
}
