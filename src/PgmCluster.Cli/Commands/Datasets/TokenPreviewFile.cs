using PgmCluster.Cli.Sessions;
using PgmCluster.Contracts.Tokenization;
using PgmCluster.Contracts.Training;
using PgmCluster.Data;
using PgmCluster.Data.Artifacts;
using PgmCluster.Data.Images;
using PgmCluster.Execution.Devices;
using PgmCluster.Execution.Tokenization;
using PgmCluster.Grains.Datasets;

namespace PgmCluster.Cli.Commands.Datasets;

/// <summary>Draws originals beside reconstructions of a completed tokenization, in this process.</summary>
internal static class TokenPreviewFile
{
    private const int Images = 16;

    /// <param name="session">Whose artifacts, and whose dataset's files, are to be seen from here.</param>
    /// <param name="id">The tokenization.</param>
    /// <param name="split">The split that it is of.</param>
    /// <param name="skipsBad">Images that cannot be decoded are left out.</param>
    /// <param name="target">The file.</param>
    /// <param name="cancellation">The user's wish to stop.</param>
    public static async Task WriteAsync(
        IClusterSession session, string id, string split, bool skipsBad, string target, CancellationToken cancellation)
    {
        var job = session.Get<ITokenizationJobGrain>(id);
        var (dataset, result) = (await job.GetDataset(), await job.GetResult());
        var weights = (await session.Get<ITrainingRunGrain>(result.Tokenizer).GetDetails()).Result!.Weights;
        var tokenizer = new ArtifactInfo(weights.Name, weights.Size, weights.Sha256);
        var store = session.Home.OpenArtifacts();
        var range = dataset.Splits.Single(s => s.Name == split);
        // Evenly over the split: of all classes, whatever its order.
        var count = Math.Min(Images, range.Count);
        int[] positions = [.. Enumerable.Range(0, count).Select(i => range.Start + (int)((long)i * range.Count / count))];
        var png = await Task.Run(() => PngWriter.Encode(TokenPreview.Draw(store, tokenizer, size =>
        {
            var pictures = new DatasetPictures(store, dataset, cancellation);
            int[] numbers = [.. positions.Select(pictures.NumberAt)];
            return Read(numbers, pictures, size, skipsBad);
        }, cancellation)), cancellation);
        AtomicFile.Write(target, stream => stream.Write(png));
    }

    private static List<RgbImage> Read(int[] numbers, DatasetPictures pictures, int size, bool skipsBad)
    {
        var open = pictures.Open(numbers);
        var memory = new DecodeMemory(MachineLimits.Current.CacheBytes);
        var read = new List<RgbImage>();
        BadInputException? bad = null;
        foreach (var number in numbers)
        {
            try
            {
                read.Add(open.ReadPrepared(number, size, memory));
            }
            catch (BadInputException e) when (skipsBad)
            {
                bad = e;
            }
        }
        return read.Count > 0 ? read : throw bad!;
    }
}
