using PgmCluster.Contracts.Datasets;
using PgmCluster.Data.Formats;
using PgmCluster.Data.Images;
using PgmCluster.Data.Sheets;
using PgmCluster.Execution.Devices;
using PgmCluster.Modeling.Randomness;

namespace PgmCluster.Grains.Datasets;

/// <summary>Chooses what a dataset's sheet shows: the same images for the same dataset.</summary>
internal static class DatasetSheets
{
    private const int Rows = 20, PerClass = 10, Side = 64;

    /// <summary>Images whose class is looked up until every row is full: a rare class of many may stay short.</summary>
    private const int Looked = 50_000;

    /// <param name="info">The dataset.</param>
    /// <param name="source">Its images.</param>
    public static RgbImage Draw(DatasetInfo info, DatasetPictures source)
    {
        var memory = new DecodeMemory(MachineLimits.Current.CacheBytes);
        var all = Enumerable.Range(0, info.ClassNames.Count).Where(c => info.IsTrained(c)).ToList();
        var rowCount = Math.Min(Rows, all.Count);
        int[] shown = [.. Enumerable.Range(0, rowCount).Select(i => all[i * all.Count / rowCount])];
        var split = info.Split(SplitNames.Train);
        var chosen = Choose(shown, split, source);
        var pictures = source.Open([.. chosen.SelectMany(c => c)]);
        SheetClass Class(int label, IReadOnlyList<int> numbers) => new(
            info.ClassNames[label], info.TrainingImagesByClass?[label], info.ValidationImagesByClass?[label],
            [.. numbers.Select(n => pictures.ReadPrepared(n, Side, memory))]);
        SheetClass[] rows = [.. shown.Select((label, row) => Class(label, chosen[row]))];
        SheetClass[] classes = [.. Enumerable.Range(0, info.ClassNames.Count).Select(label => Class(label, []))];
        var what = shown.Length < info.ClassNames.Count ? $"{shown.Length} of {info.ClassNames.Count} classes, " : "";
        return DatasetSheet.Render(
            $"{info.Name}: {info.Splits.InWords()}",
            $"{what}images to train on, as models see them: shorter side to {Side} pixels, centre"
            + $"{(info.Background is { } color ? $", on {color}" : "")}",
            rows, classes, source.Sizes);
    }

    private static List<int>[] Choose(int[] shown, DatasetSplitInfo split, DatasetPictures source)
    {
        var pictures = source.Open([]);
        var chosen = shown.Select(_ => new List<int>()).ToArray();
        var rowOf = shown.Index().ToDictionary(s => s.Item, s => s.Index);
        var permuted = source.IsDrawn ? null : new DataOrder(0, split.Count);
        for (int n = 0, open = shown.Length; n < Math.Min(split.Count, Looked) && open > 0; n++)
        {
            var number = source.NumberAt(split.Start + (permuted?[n] ?? n));
            if (!rowOf.TryGetValue(pictures.Label(number), out var row) || chosen[row].Count == PerClass) continue;
            chosen[row].Add(number);
            if (chosen[row].Count == PerClass) open--;
        }
        return chosen;
    }
}
