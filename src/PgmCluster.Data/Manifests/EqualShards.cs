using PgmCluster.Data.Artifacts;
using PgmCluster.Data.Formats;

namespace PgmCluster.Data.Manifests;

/// <summary>
/// Shards that two versions of a dataset have in common: the same pictures with the same classes in the same order, so that what was made
/// of one is what would be made of the other.
/// </summary>
public static class EqualShards
{
    /// <param name="former">One version.</param>
    /// <param name="present">The other.</param>
    /// <param name="open">Opens an index.</param>
    /// <returns>
    /// For each shard of <paramref name="present"/> the number of the equal one in <paramref name="former"/>; -1 for none.
    /// </returns>
    public static IReadOnlyList<int> Find(DatasetManifest former, DatasetManifest present, Func<ArtifactInfo, IndexedShard> open)
    {
        var found = new int[present.Shards.Count];
        Array.Fill(found, -1);
        if (former.Background != present.Background) return found;
        var byFiles = new Dictionary<(string Sha256, int Images), int>();
        foreach (var (number, shard) in former.Shards.Index()) byFiles.TryAdd((shard.Sha256, shard.Images), number);
        var alike = former.Labels.Count == present.Labels.Count
            && present.Labels.All(l => former.Labels.TryGetValue(l.Key, out var other) && other == l.Value);
        foreach (var (number, shard) in present.Shards.Index())
        {
            if (!byFiles.TryGetValue((shard.Sha256, shard.Images), out var other)) continue;
            if (alike && former.Shards[other].Index.Sha256 == shard.Index.Sha256
                || AreEqual(open(former.Shards[other].Index).Index, former, open(shard.Index).Index, present)) found[number] = other;
        }
        return found;
    }

    private static bool AreEqual(ShardIndex former, DatasetManifest ofFormer, ShardIndex present, DatasetManifest ofPresent)
    {
        if (former.Count != present.Count) return false;
        for (var i = 0; i < present.Count; i++)
        {
            if (!former.Content(i).SequenceEqual(present.Content(i)) || Class(former, ofFormer, i) != Class(present, ofPresent, i))
                return false;
        }
        return true;
    }

    private static int Class(ShardIndex index, DatasetManifest manifest, int image)
    {
        var label = index.Labels[image];
        return manifest.Labels.GetValueOrDefault(label < 0 ? "" : index.LabelTexts[label], -1);
    }
}
