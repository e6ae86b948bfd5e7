using PgmCluster.Data.Names;

namespace PgmCluster.Execution.Work;

/// <summary>A picture that cannot be decoded and was left out.</summary>
/// <param name="Shard">The dataset's shard that it lies in.</param>
/// <param name="Key">Its name there.</param>
/// <param name="Reason">What is wrong with it, a clause.</param>
public sealed record BadImage(string Shard, string Key, string Reason)
{
    private const int MostNamed = 3;

    /// <summary>The first of many in a clause: "x.jpg in shard a (why), ... and 7 more".</summary>
    public static string Named(IReadOnlyCollection<BadImage> images) =>
        FewOf.List([.. images.Select(i => $"{i.Key} in shard {i.Shard} ({i.Reason})")], MostNamed);
}
