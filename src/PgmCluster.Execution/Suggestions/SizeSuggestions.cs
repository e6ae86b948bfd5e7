using System.Globalization;
using PgmCluster.Execution.Models;
using PgmCluster.Execution.Specifications;

namespace PgmCluster.Execution.Suggestions;

/// <summary>Picture sizes for one's own data, each with presets, steps and an estimate of what they take.</summary>
public static class SizeSuggestions
{
    // Times through the data, with the fewest and the most steps.
    private const int TokenizerEpochs = 30, ModelEpochs = 60;
    private static readonly (long Fewest, long Most) TokenizerSteps = (1_500, 20_000), ModelSteps = (2_000, 50_000);

    private static readonly (int Size, string Tokenizer, string Model)[] Candidates =
    [
        (32, "tokenizer-32", "pgm-32"), (64, "tokenizer-64", "pgm-64"), (128, "vq-16", "pgm-12-12"), (256, "vq-16", "pgm-12-12"),
    ];

    /// <summary>
    /// All sizes, the smallest first. Proposed is the largest for which half of the images have the pixels, and that keeps to the time and
    /// to half of the memory; the smallest where none does.
    /// </summary>
    public static IReadOnlyList<SizeSuggestion> For(SuggestionSubject subject)
    {
        SizeSuggestion[] all = [.. Candidates.Select(c => Suggest(subject, c.Size, c.Tokenizer, c.Model))];
        var proposed = Math.Max(0, Array.FindLastIndex(all, s => s.LargeEnough is not < 0.5
            && s.Seconds <= 60 * subject.Minutes && s.MemoryBytes <= subject.MemoryBytes / 2));
        all[proposed] = all[proposed] with { IsProposed = true };
        return all;
    }

    private static SizeSuggestion Suggest(SuggestionSubject subject, int size, string tokenizerPreset, string modelPreset)
    {
        var (tokenizer, tokenizerSet) = Run(
            tokenizerPreset, size, subject.Images, TokenizerEpochs, TokenizerSteps, new DataFacts());
        var settings = SpecificationJson.Read<Modeling.Tokenizer.VqSettings>(tokenizer.Model);
        var grid = size / settings.Downsampling;
        var facts = new DataFacts
        {
            Classes = subject.Classes,
            Codebook = settings.Codebook,
            Height = grid,
            Width = grid,
            ImageSize = size,
        };
        var (model, modelSet) = Run(modelPreset, null, subject.Images, ModelEpochs, ModelSteps, facts);
        return new SizeSuggestion
        {
            Size = size,
            LargeEnough = subject.ShareOf(size),
            Tokenizer = tokenizerPreset,
            Grid = grid,
            Codebook = settings.Codebook,
            TokenizerSteps = tokenizer.Training.Steps,
            Model = modelPreset,
            Hidden = model.Model["hidden"]!.GetValue<int>(),
            ModelSteps = model.Training.Steps,
            Seconds = TrainingTime.Of(tokenizer, subject.Gigaflops) + TrainingTime.Of(model, subject.Gigaflops),
            MemoryBytes = Math.Max(MemoryOf(tokenizer, subject.Lanes), MemoryOf(model, subject.Lanes)),
            Commands =
            [
                $"pgm train tok --preset {tokenizerPreset} --dataset {subject.Dataset}{tokenizerSet}",
                $"pgm tokenize tokens --dataset {subject.Dataset} --tokenizer tok",
                $"pgm train model --preset {modelPreset} --tokens tokens{modelSet}",
                "pgm sample pictures --model model --guidance 2 --out pictures.png",
            ],
        };
    }

    private static (TrainingSpecification Specification, string Set) Run(
        string preset, int? size, int images, int epochs, (long Fewest, long Most) limits, DataFacts facts)
    {
        var resolver = new SpecificationResolver();
        TrainingSpecification Resolved(IReadOnlyDictionary<string, string> overrides) =>
            SpecificationJson.Parse(resolver.Resolve(preset, overrides, 0, facts).Json);
        var plain = Resolved(new Dictionary<string, string>());
        var set = new SortedDictionary<string, string>(StringComparer.Ordinal);
        if (size is { } side && side != plain.Data.ImageSize) set["data.imageSize"] = side.ToString(CultureInfo.InvariantCulture);
        // To full hundreds, so that it looks like what it is: a rule of thumb.
        var steps = Math.Clamp(((long)epochs * images / plain.Training.BatchSize + 99) / 100 * 100, limits.Fewest, limits.Most);
        set["training.steps"] = steps.ToString(CultureInfo.InvariantCulture);
        return (Resolved(set), string.Concat(set.Select(o => $" --set {o.Key}={o.Value}")));
    }

    private static long MemoryOf(TrainingSpecification specification, int lanes) =>
        MemoryEstimate.Of(specification, Math.Min(lanes, specification.Training.MicroBatches)).Total;
}
