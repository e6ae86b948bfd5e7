namespace PgmCluster.Data.Checkpoints;

/// <summary>The tensors of a checkpoint that a model needs, under the model's names.</summary>
/// <param name="Model">One for each name that was found; and those that lie among them without being part of the model.</param>
/// <param name="Average">Averaged ones, all of the model's; empty where there are none.</param>
/// <param name="Notes">What was taken and what was left out, where that is not plain.</param>
public sealed record CheckpointFit(
    IReadOnlyList<CheckpointTensor> Model, IReadOnlyList<CheckpointTensor> Average, IReadOnlyList<string> Notes)
{
    /// <summary>
    /// Finds the prefix behind which most of the model's names lie ("model.", "first_stage_model."), and averaged ones beside it. Averages
    /// that Lightning modules keep under names without dots are found as well.
    /// </summary>
    /// <param name="checkpoint">The source.</param>
    /// <param name="names">The names of the model's state.</param>
    /// <exception cref="BadInputException">A tensor that is needed is of a type that is not read here.</exception>
    public static CheckpointFit Of(ReferenceCheckpoint checkpoint, IEnumerable<string> names)
    {
        var wanted = names.ToHashSet(StringComparer.Ordinal);
        var groups = Groups(checkpoint.Model, wanted);
        var main = Best(groups);
        CheckReadable(checkpoint, wanted, main);
        if (main.Tensors.Count == 0) return new CheckpointFit(checkpoint.Model, checkpoint.Average, []);

        var notes = new List<string>();
        var isWhole = main.Tensors.Count == wanted.Count;
        var roots = wanted.Select(n => WeightNames.Root(n) ?? n).ToHashSet(StringComparer.Ordinal);
        // Beside a whole model, what lies under names that the model knows nothing of belongs to something else.
        var surplus = checkpoint.Model.Where(t => t.Name.StartsWith(main.Prefix, StringComparison.Ordinal)).Select(
            t => t.Named(t.Name[main.Prefix.Length..]))
            .Where(t => !main.Tensors.ContainsKey(t.Name) && !(isWhole && !roots.Contains(WeightNames.Root(t.Name) ?? t.Name))).ToList();
        if (main.Prefix.Length > 0) notes.Add($"the weights are those behind '{main.Prefix}'");
        var average = AveragedOf(checkpoint, groups, main, wanted, notes);
        var left = checkpoint.Model.Count - main.Tensors.Count - surplus.Count - (checkpoint.Average.Count == 0 ? average.Count : 0);
        if (left > 0) notes.Add($"{left} tensors that are not the model's were left out");
        return new CheckpointFit([.. main.Tensors.Values, .. surplus], [.. average], notes);
    }

    private static List<CheckpointTensor> AveragedOf(
        ReferenceCheckpoint checkpoint, List<Group> groups, Group main, HashSet<string> wanted, List<string> notes)
    {
        var candidates = checkpoint.Average.Count > 0
            ? [Best(Groups(checkpoint.Average, wanted))]
            : groups.Where(g => g != main && WeightNames.IsAveraged(g.Prefix));
        foreach (var group in candidates)
        {
            if (group.Tensors.Count == 0
                || group.Tensors.Any(p => main.Tensors.TryGetValue(p.Key, out var other) && !other.Shape.SequenceEqual(p.Value.Shape)))
                continue;
            if (checkpoint.Average.Count == 0) notes.Add($"averaged weights behind '{group.Prefix}'");
            // Buffers are not averaged by all; they are as the model has them.
            return [.. main.Tensors.Values.Select(t => group.Tensors.GetValueOrDefault(t.Name, t))];
        }
        return [];
    }

    private static Group Best(List<Group> groups) =>
        groups.OrderByDescending(g => g.Tensors.Count).ThenBy(g => WeightNames.IsAveraged(g.Prefix)).ThenBy(g => g.Prefix.Length)
            .FirstOrDefault()
        ?? new Group("");

    private static List<Group> Groups(IEnumerable<CheckpointTensor> tensors, HashSet<string> wanted)
    {
        var withoutDots = wanted.ToLookup(n => n.Replace(".", "", StringComparison.Ordinal), StringComparer.Ordinal);
        var groups = new Dictionary<string, Group>(StringComparer.Ordinal);
        foreach (var tensor in tensors)
        {
            for (var at = 0; at >= 0 && at < tensor.Name.Length; at = tensor.Name.IndexOf('.', at) is >= 0 and var dot ? dot + 1 : -1)
            {
                var rest = tensor.Name[at..];
                var name = wanted.Contains(rest) ? rest : !rest.Contains('.') && withoutDots[rest].ToList() is [var only] ? only : null;
                if (name is null) continue;
                var prefix = tensor.Name[..at];
                if (!groups.TryGetValue(prefix, out var group)) groups.Add(prefix, group = new Group(prefix));
                group.Tensors.TryAdd(name, tensor.Named(name));
            }
        }
        return [.. groups.Values];
    }

    private static void CheckReadable(ReferenceCheckpoint checkpoint, HashSet<string> wanted, Group main)
    {
        var unread = checkpoint.Unread.Where(u => u.Type.Length > 0).Select(
            u => (Name: wanted.FirstOrDefault(
                n => !main.Tensors.ContainsKey(n) && (u.At == n || u.At.EndsWith("." + n, StringComparison.Ordinal))), u.Type))
            .Where(u => u.Name is not null).Take(8).ToList();
        if (unread.Count == 0) return;
        throw new BadInputException(
            $"Loading weights from {checkpoint.Path}: "
            + $"{string.Join("; ", unread.Select(u => $"{u.Name} is {u.Type}"))}, which is not read here and which the model needs. "
            + "Convert them to a type that is, such as float32.");
    }

    private sealed record Group(string Prefix)
    {
        public Dictionary<string, CheckpointTensor> Tensors { get; } = new(StringComparer.Ordinal);
    }
}
