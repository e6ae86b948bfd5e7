namespace PgmCluster.Benchmarks.Proofs.WebDataset;

/// <summary>When silos are killed: at seeded shares of the progress of the stages, which take turns.</summary>
internal sealed class Kills
{
    private readonly Queue<double>[] _at;

    /// <param name="count">How many.</param>
    /// <param name="stages">Of so many stages.</param>
    /// <param name="random">Draws the shares.</param>
    public Kills(int count, int stages, Random random)
    {
        var shares = Enumerable.Range(0, stages).Select(_ => new List<double>()).ToArray();
        for (var i = 0; i < count; i++) shares[i % stages].Add(0.05 + 0.8 * random.NextDouble());
        _at = [.. shares.Select(s => new Queue<double>(s.Order()))];
    }

    /// <summary>Takes the next kill of a stage where its share of the progress is reached.</summary>
    public bool IsDue(int stage, double share)
    {
        if (!_at[stage].TryPeek(out var at) || share < at) return false;
        _at[stage].Dequeue();
        return true;
    }

    /// <summary>What a stage was too short for is for the next one, at its first progress.</summary>
    public void EndOf(int stage)
    {
        if (stage + 1 >= _at.Length || _at[stage].Count == 0) return;
        _at[stage + 1] = new Queue<double>([.. _at[stage].Select(_ => 0.01), .. _at[stage + 1]]);
        _at[stage].Clear();
    }
}
