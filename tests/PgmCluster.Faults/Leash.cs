using System.Globalization;

namespace PgmCluster.Faults;

/// <summary>
/// How many steps a run may do: then the first of its members stands still, however fast the machine is, until it may do more. It moves all
/// the same where it has to do a step to let another member in or to leave.
/// </summary>
/// <param name="path">The file that has the number; without it there is no leash.</param>
public sealed class Leash(string path)
{
    private long _steps;

    /// <summary>The run may do so many steps in all, or more where more were allowed.</summary>
    public void LetDo(long steps)
    {
        if (steps <= _steps) return;
        _steps = steps;
        File.WriteAllText(path + ".new", steps.ToString(CultureInfo.InvariantCulture));
        File.Move(path + ".new", path, overwrite: true);
    }

    /// <summary>The run may do all its steps.</summary>
    public void LetGo() => File.Delete(path);

    internal void Pass(long done, Func<bool>? hasToMove)
    {
        while (Allowed() is { } steps && done >= steps && hasToMove?.Invoke() != true) Thread.Sleep(5);
    }

    private long? Allowed()
    {
        try
        {
            return File.Exists(path) ? long.Parse(File.ReadAllText(path), CultureInfo.InvariantCulture) : null;
        }
        catch (IOException)
        {
            // Let go between the two.
            return null;
        }
    }
}
