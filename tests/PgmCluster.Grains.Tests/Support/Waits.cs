using PgmCluster.TestSupport.Processes;

namespace PgmCluster.Grains.Tests.Support;

/// <summary>For what comes by itself before long, and nobody says when.</summary>
internal static class Waits
{
    /// <summary>What takes longer hangs, on however slow a machine.</summary>
    public static readonly TimeSpan Limit = Until.Limit;

    /// <summary>Waits for what is on its way.</summary>
    /// <exception cref="TimeoutException">It hangs.</exception>
    public static Task InTime(this Task task) => task.WaitAsync(Limit);

    /// <inheritdoc cref="InTime(Task)"/>
    public static Task<T> InTime<T>(this Task<T> task) => task.WaitAsync(Limit);

    /// <summary>Until something holds; fails where it does not.</summary>
    public static Task Eventually(Func<Task<bool>> condition, string what) => Eventually(what, condition, holds => holds);

    /// <inheritdoc cref="Eventually(Func{Task{bool}}, string)"/>
    /// <returns>What was read when it held.</returns>
    public static Task<T> Eventually<T>(string what, Func<Task<T>> read, Func<T, bool> holds) => Until.Holds(what, read, holds);
}
