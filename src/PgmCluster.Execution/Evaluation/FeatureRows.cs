using System.Runtime.InteropServices;
using PgmCluster.Data.Artifacts;
using PgmCluster.Data.Safetensors;
using PgmCluster.Modeling.Metrics;
using static TorchSharp.torch;

namespace PgmCluster.Execution.Evaluation;

/// <summary>The features of chunks one after the other, read from their files as they are asked for.</summary>
internal sealed class FeatureRows : IFeatureRows, IDisposable
{
    private readonly List<(long First, SafetensorsFile File)> _files = [];
    private readonly long _width;

    public FeatureRows(IArtifactStore store, IEnumerable<ArtifactInfo> chunks)
    {
        try
        {
            foreach (var chunk in chunks)
            {
                var file = SafetensorsFile.Open(store.LocalPath(chunk.Name));
                _files.Add((Count, file));
                var shape = file[FeatureFile.Features].Shape;
                (Count, _width) = (Count + shape[0], shape[1]);
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public long Count { get; private set; }

    /// <returns>F32 [count, width]</returns>
    public Tensor Read(long first, long count)
    {
        var rows = empty([count, _width], dtype: float32);
        var values = MemoryMarshal.Cast<byte, float>(rows.bytes);
        foreach (var (start, file) in _files)
        {
            var (from, to) = (Math.Max(first, start), Math.Min(first + count, start + file[FeatureFile.Features].Shape[0]));
            if (from >= to) continue;
            var part = values.Slice((int)((from - first) * _width), (int)((to - from) * _width));
            file.Read(FeatureFile.Features, (from - start) * _width * sizeof(float), MemoryMarshal.AsBytes(part));
        }
        return rows;
    }

    public void Dispose()
    {
        foreach (var (_, file) in _files) file.Dispose();
    }
}
