using System.Diagnostics;
using System.Globalization;
using PgmCluster.Benchmarks.Harness;
using PgmCluster.Data.Artifacts;
using PgmCluster.Data.Images;
using PgmCluster.Data.Manifests;
using PgmCluster.Execution.Devices;
using PgmCluster.Execution.Documents;
using PgmCluster.Execution.Images;
using PgmCluster.Execution.Inputs;
using PgmCluster.Execution.Models;
using PgmCluster.Execution.Specifications;
using PgmCluster.Execution.Tokenization;
using PgmCluster.Execution.Training;
using PgmCluster.Execution.Work;
using PgmCluster.Modeling.Runtime;
using SkiaSharp;
using static TorchSharp.torch;

namespace PgmCluster.Benchmarks.Benchmarks;

/// <summary>
/// Tokenizing a folder of JPEGs with one lane and one decoding thread against the slower of its halves, decoding alone and computing alone,
/// in the same rounds: what is not overlapped shows.
/// </summary>
public sealed class DecodeBenchmark : IBenchmark
{
    /// <summary>A few seconds of work: of what takes one, the first batch alone, which nothing overlaps, is a tenth.</summary>
    private const int Pictures = 2400;

    private const int BatchSize = 50, Size = 64;

    public string Name => "decode";

    public string Description => $"tokenizing {Pictures} JPEGs against the slower of decoding and computing alone (target 1.1)";

    public IEnumerable<Comparison> Run(BenchmarkOptions options)
    {
        var directory = Directory.CreateTempSubdirectory("pgm-benchmark-").FullName;
        try
        {
            var store = new DirectoryArtifactStore(Path.Combine(directory, "artifacts"));
            var range = WritePictures(Path.Combine(directory, "pictures"), store);
            var context = new WorkContext { Generation = 1, Device = ComputeDevice.Cpu(), Cores = 1, Artifacts = store };
            var tokenizer = Tokenizer(range, context);
            var work = new TokenizeShardWork
            {
                Output = "tokens.safetensors",
                Tokenizer = tokenizer,
                Images = range,
                BatchSize = BatchSize,
                Threads = 1,
            };
            var (decoding, computing, both, ratios) =
                (new double[options.Rounds], new double[options.Rounds], new double[options.Rounds], new double[options.Rounds]);
            for (var round = -1; round < options.Rounds; round++)
            {
                var (decode, compute, whole) = (Seconds(() => Decode(range, context)), Seconds(() => Compute(work, context)),
                    Seconds(() => new TokenizeShardItem(work).Run(context)));
                if (round < 0) continue;
                (decoding[round], computing[round], both[round]) = (decode, compute, whole);
                ratios[round] = whole / Math.Max(decode, compute);
            }
            Array.Sort(ratios);
            var title = string.Create(
                CultureInfo.InvariantCulture,
                $"{Pictures} JPEGs of 500 x 375 to {Size} pixels, one lane, one decoding thread: tokenizing takes "
                + $"{ratios[ratios.Length / 2]:0.000} times the slower of its halves ({ratios[0]:0.000} to {ratios[^1]:0.000})");
            yield return Comparison.Of(
                title, ("tokenizing", both, 0), ("decoding alone", decoding, 0), ("computing alone", computing, 0));
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static double Seconds(Action action)
    {
        var begun = Stopwatch.GetTimestamp();
        action();
        return Stopwatch.GetElapsedTime(begun).TotalSeconds;
    }

    private static void Decode(ImageRange range, WorkContext context)
    {
        using var images = new PreparedImages(range, Size, context);
        using var run = images.Begin([.. Enumerable.Range(0, images.Count)]);
        for (var i = 0; i < images.Count; i++) run.Next().Require();
    }

    /// <summary>All batches, of pictures that are there already.</summary>
    private static void Compute(TokenizeShardWork work, WorkContext context)
    {
        using var lanes = new ComputeLanes(1, 1, context.Device.Name);
        using var borrowed = context.Tokenizer(work.Tokenizer);
        using var images = new PreparedImages(work.Images with { Count = BatchSize }, Size, context);
        using var inputs = new ImageInputs(images, new DataSettings { ImageSize = Size }, BatchSize, null, context.Device.Torch);
        inputs.Read([.. Enumerable.Range(0, BatchSize)], augmentation: null, replace: false);
        lanes.RunInOrder(Pictures / BatchSize, (_, _) =>
        {
            using var scope = NewDisposeScope();
            using var inference = inference_mode();
            HostRead.Values<long>(borrowed.Value.Model.Tokenize(inputs.Pixels()));
        });
    }

    private static ArtifactInfo Tokenizer(ImageRange range, WorkContext context)
    {
        var set = new Dictionary<string, string>
        {
            ["training.steps"] = "1",
            ["data.imageSize"] = Size.ToString(CultureInfo.InvariantCulture),
            ["model.channels"] = "16",
        };
        var resolved = new SpecificationResolver().Resolve("tokenizer-smoke", set, 0, new DataFacts { Classes = 2 });
        var work = new TrainWork
        {
            RunId = "tokenizer",
            Specification = resolved.Json,
            SpecificationSha256 = resolved.Sha256,
            Images = range,
        };
        return WorkJson.Read<TrainResult>(new TrainItem(work).Run(context)).Weights;
    }

    private static ImageRange WritePictures(string directory, DirectoryArtifactStore store)
    {
        var random = new Random(0);
        for (var i = 0; i < Pictures; i++)
        {
            var picture = new RgbImage(500, 375);
            var (a, b, c) = (random.Next(1, 9), random.Next(1, 9), random.Next(256));
            for (var y = 0; y < picture.Height; y++)
            {
                var row = picture.Row(y);
                for (var x = 0; x < row.Length; x++) row[x] = (byte)(c + x * a / 9 + y * b / 9 + random.Next(24));
            }
            using var bitmap = SKBitmap.Decode(PngWriter.Encode(picture));
            using var jpeg = bitmap.Encode(SKEncodedImageFormat.Jpeg, 90);
            var folder = Directory.CreateDirectory(Path.Combine(directory, $"{i % 2}")).FullName;
            File.WriteAllBytes(Path.Combine(folder, $"{i:000}.jpg"), jpeg.ToArray());
        }
        var (manifest, file) = DatasetIndexing.RegisterAsync(directory, null, new SplitRequest(0, 0), 0, store, default)
            .GetAwaiter().GetResult();
        return new ImageRange(directory, manifest.ContentSha256, 0, Pictures) { Manifest = file, Index = manifest.Order };
    }
}
