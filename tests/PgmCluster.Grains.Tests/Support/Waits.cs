using PgmCluster.TestSupport.Processes;

namespace PgmCluster.Grains.Tests.Support;

/// <summary>For what comes by itself before long, and nobody says when.</summary>
internal static class Waits
{
    /// <summary>Until something holds; fails where it does not within a minute.</summary>
    public static Task Eventually(Func<Task<bool>> condition, string what) => Eventually(what, condition, holds => holds);

    /// <inheritdoc cref="Eventually(Func{Task{bool}}, string)"/>
    /// <returns>What was read when it held.</returns>
    public static Task<T> Eventually<T>(string what, Func<Task<T>> read, Func<T, bool> holds) => Until.Holds(what, read, holds);
}
