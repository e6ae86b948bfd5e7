using System.Runtime.InteropServices;
using PgmCluster.Data.Artifacts;
using PgmCluster.Data.Safetensors;
using PgmCluster.Execution.Work;
using PgmCluster.Modeling.Metrics;
using PgmCluster.Modeling.Randomness;
using static TorchSharp.torch;

namespace PgmCluster.Execution.Evaluation;

/// <summary>The features of chunks one after the other, read from their files as they are asked for.</summary>
internal sealed class FeatureRows : IFeatureRows, IDisposable
{
    private readonly List<(long First, SafetensorsFile File)> _files = [];
    private readonly long _width;
    private readonly long? _shuffle;
    private DataOrder? _order;

    /// <param name="context">Where the chunks are.</param>
    /// <param name="chunks">In order.</param>
    /// <param name="shuffle">Seed of a permutation of the rows; null for the chunks' own order.</param>
    public FeatureRows(WorkContext context, IEnumerable<ArtifactInfo> chunks, long? shuffle = null)
    {
        _shuffle = shuffle;
        try
        {
            foreach (var chunk in chunks)
            {
                using var fetched = context.Fetch(chunk);
                var file = SafetensorsFile.Open(fetched);
                _files.Add((Count, file));
                var shape = file[FeatureFile.Features].Shape;
                // A chunk none of whose images could be decoded has no width.
                if (shape[0] > 0) (Count, _width) = (Count + shape[0], shape[1]);
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public long Count { get; private set; }

    /// <returns>F32 [count, width] on the CPU</returns>
    public Tensor Read(long first, long count)
    {
        var rows = empty([count, _width], dtype: float32, device: CPU);
        var values = MemoryMarshal.Cast<byte, float>(rows.bytes);
        if (_shuffle is not { } seed)
        {
            ReadRun(first, count, values);
            return rows;
        }
        var order = _order ??= new DataOrder(seed, (int)Count);
        for (var i = 0; i < count; i++) ReadRun(order[first + i], 1, values.Slice((int)(i * _width), (int)_width));
        return rows;
    }

    private void ReadRun(long first, long count, Span<float> values)
    {
        foreach (var (start, file) in _files)
        {
            var (from, to) = (Math.Max(first, start), Math.Min(first + count, start + file[FeatureFile.Features].Shape[0]));
            if (from >= to) continue;
            var part = values.Slice((int)((from - first) * _width), (int)((to - from) * _width));
            file.Read(FeatureFile.Features, (from - start) * _width * sizeof(float), MemoryMarshal.AsBytes(part));
        }
    }

    public void Dispose()
    {
        foreach (var (_, file) in _files) file.Dispose();
    }
}
