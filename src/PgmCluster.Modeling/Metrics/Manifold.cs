using PgmCluster.Modeling.Runtime;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.Metrics;

/// <summary>
/// Precision, recall (Kynkaanniemi et al. 2019), density and coverage (Naeem et al. 2020). The ball of an image reaches to its k-th
/// nearest neighbour in its own set. Squared distances in float64, block by block: kept are a few numbers an image, never all distances.
/// </summary>
public static class Manifold
{
    /// <summary>k.</summary>
    public const int Neighbours = 3;

    /// <summary>Parts that the reference cuts both sets into.</summary>
    public const int ReferenceChunks = 5;

    /// <summary>Rows of a block: two blocks of 2048 features and their distances take 48 MB.</summary>
    private const int BlockRows = 1024;

    /// <summary>All images at once; null where a set has no k neighbours.</summary>
    /// <param name="real">Features of the real images.</param>
    /// <param name="generated">Features of the generated images.</param>
    /// <param name="pause">Called between blocks; throws to stop.</param>
    public static ManifoldScores? Whole(IFeatureRows real, IFeatureRows generated, Action? pause = null)
    {
        if (Math.Min(real.Count, generated.Count) <= Neighbours) return null;
        return Compare(new Rows(real, 0, real.Count), new Rows(generated, 0, generated.Count), pause);
    }

    /// <summary>
    /// As the reference: both sets are cut into 5 consecutive chunks, chunk j is compared with chunk j, and the scores are averaged.
    /// Null where there are no 5 chunks, or one of them has no k neighbours.
    /// </summary>
    public static ManifoldScores? Chunked(IFeatureRows real, IFeatureRows generated, Action? pause = null)
    {
        var scores = OfChunks(real, generated, pause);
        return scores is null
            ? null
            : new ManifoldScores(
                scores.Average(s => s.Precision), scores.Average(s => s.Recall), scores.Average(s => s.Density),
                scores.Average(s => s.Coverage));
    }

    /// <summary>The scores of each chunk.</summary>
    public static IReadOnlyList<ManifoldScores>? OfChunks(IFeatureRows real, IFeatureRows generated, Action? pause = null)
    {
        var (reals, fakes) = (Cut(real), Cut(generated));
        if (reals.Count != ReferenceChunks || fakes.Count != ReferenceChunks || reals.Concat(fakes).Any(c => c.Count <= Neighbours))
            return null;
        return [.. reals.Zip(fakes, (r, f) => Compare(r, f, pause))];
    }

    /// <summary>Squared distance of each row to its k-th nearest other row, F64 [n].</summary>
    public static Tensor SquaredRadii(IFeatureRows features) => SquaredRadii(new Rows(features, 0, features.Count), null);

    private static ManifoldScores Compare(Rows real, Rows fake, Action? pause)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var (realRadii, fakeRadii) = (SquaredRadii(real, pause), SquaredRadii(fake, pause));
        var ballsAroundFake = zeros(fake.Count, dtype: int64, device: CPU);
        long recalled = 0, covered = 0;
        for (var i = 0L; i < real.Count; i += BlockRows)
        {
            using var block = NewDisposeScope();
            var rows = real.Block(i);
            var radii = realRadii.narrow(0, i, rows.shape[0]).unsqueeze(1);
            var inFakeBall = zeros(rows.shape[0], dtype: ScalarType.Bool, device: CPU);
            var holdsFake = zeros(rows.shape[0], dtype: ScalarType.Bool, device: CPU);
            for (var j = 0L; j < fake.Count; j += BlockRows)
            {
                pause?.Invoke();
                using var pair = NewDisposeScope();
                var columns = fake.Block(j);
                var distances = SquaredDistances(rows, columns);
                var inside = distances.lt(radii);
                ballsAroundFake.narrow(0, j, columns.shape[0]).add_(inside.sum([0L]));
                holdsFake.logical_or_(inside.any(1));
                inFakeBall.logical_or_(distances.lt(fakeRadii.narrow(0, j, columns.shape[0])).any(1));
            }
            recalled += HostRead.Scalar<long>(inFakeBall.sum());
            covered += HostRead.Scalar<long>(holdsFake.sum());
        }
        var precise = HostRead.Scalar<long>(ballsAroundFake.gt(0).sum());
        var balls = HostRead.Scalar<long>(ballsAroundFake.sum());
        return new ManifoldScores(
            (double)precise / fake.Count, (double)recalled / real.Count, (double)balls / Neighbours / fake.Count,
            (double)covered / real.Count);
    }

    private static Tensor SquaredRadii(Rows rows, Action? pause)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var radii = new List<Tensor>();
        for (var i = 0L; i < rows.Count; i += BlockRows)
        {
            using var block = NewDisposeScope();
            var from = rows.Block(i);
            Tensor? nearest = null;
            for (var j = 0L; j < rows.Count; j += BlockRows)
            {
                pause?.Invoke();
                using var pair = NewDisposeScope();
                var distances = SquaredDistances(from, rows.Block(j));
                if (i == j) distances.diagonal().zero_();
                var candidates = nearest is null ? distances : cat([nearest, distances], 1);
                // The nearest of all is the row itself.
                var kept = candidates.topk((int)Math.Min(Neighbours + 1, candidates.shape[1]), 1, largest: false).values;
                nearest = kept.MoveToOuterDisposeScope();
            }
            radii.Add(nearest!.select(1, Neighbours).clone().MoveToOuterDisposeScope());
        }
        return cat(radii).MoveToOuterDisposeScope();
    }

    private static Tensor SquaredDistances(Tensor a, Tensor b)
    {
        using var scope = NewDisposeScope();
        var squares = a.square().sum(1, keepdim: true) + b.square().sum(1);
        return squares.addmm_(a, b.t(), alpha: -2).clamp_min_(0).MoveToOuterDisposeScope();
    }

    private static List<Rows> Cut(IFeatureRows features)
    {
        var size = Math.Max(1, (features.Count + ReferenceChunks - 1) / ReferenceChunks);
        var chunks = new List<Rows>();
        for (var first = 0L; first < features.Count; first += size)
            chunks.Add(new Rows(features, first, Math.Min(size, features.Count - first)));
        return chunks;
    }

    private sealed record Rows(IFeatureRows Source, long First, long Count)
    {
        /// <summary>F64 [at most BlockRows, width]</summary>
        public Tensor Block(long start)
        {
            using var scope = NewDisposeScope();
            return Source.Read(First + start, Math.Min(BlockRows, Count - start)).to_type(float64, copy: true).MoveToOuterDisposeScope();
        }
    }
}
