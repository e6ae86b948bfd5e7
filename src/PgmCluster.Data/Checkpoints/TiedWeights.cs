namespace PgmCluster.Data.Checkpoints;

/// <summary>Names under which the public code's models list a tensor a second time. Files without shared storages hold it twice.</summary>
internal static class TiedWeights
{
    /// <summary>The first name of what is listed again as <paramref name="name"/>; null where it is not.</summary>
    public static string? FirstNameOf(string name) => name == "head.weight" ? "tok_emb.weight" : null;

    /// <summary>
    /// For each tensor the one to write in its place: itself, or the first of equal content where the two are tied by name or share a
    /// storage.
    /// </summary>
    public static IReadOnlyList<CheckpointTensor> Resolve(IReadOnlyList<CheckpointTensor> tensors)
    {
        var byIdentity = new Dictionary<object, CheckpointTensor>();
        var byName = tensors.ToDictionary(t => t.Name, StringComparer.Ordinal);
        return [.. tensors.Select(tensor =>
        {
            if (!byIdentity.TryAdd(tensor.Identity, tensor)) return byIdentity[tensor.Identity];
            return FirstNameOf(tensor.Name) is { } first && byName.TryGetValue(first, out var candidate)
                && HaveEqualContent(tensor, candidate)
                ? candidate
                : tensor;
        })];
    }

    private static bool HaveEqualContent(CheckpointTensor a, CheckpointTensor b)
    {
        if (a.Type != b.Type || !a.Shape.SequenceEqual(b.Shape)) return false;
        var (left, right) = (new byte[1 << 20], new byte[1 << 20]);
        for (long at = 0; at < a.Length; at += left.Length)
        {
            var length = (int)Math.Min(left.Length, a.Length - at);
            a.Read(at, left.AsSpan(0, length));
            b.Read(at, right.AsSpan(0, length));
            if (!left.AsSpan(0, length).SequenceEqual(right.AsSpan(0, length))) return false;
        }
        return true;
    }
}
