using System.Globalization;
using PgmCluster.Contracts.Errors;
using PgmCluster.Contracts.Training;

namespace PgmCluster.Dashboard.Submitting;

/// <summary>What somebody has typed for a new run.</summary>
public sealed record RunForm
{
    private const string StepsKey = "training.steps", SampleStepsKey = "training.sampleSteps";

    /// <summary>Under which the run is known.</summary>
    public string Id { get; set; } = "";

    /// <summary>Name of the preset; "" for none yet.</summary>
    public string Preset { get; set; } = "";

    /// <summary>Name of a registered data set.</summary>
    public string Dataset { get; set; } = "";

    /// <summary>Id of a completed tokenization.</summary>
    public string Tokens { get; set; } = "";

    /// <summary>Optimizer steps; "" for the preset's.</summary>
    public string Steps { get; set; } = "";

    /// <summary>Steps between grids of pictures; "" for the preset's.</summary>
    public string SampleSteps { get; set; } = "";

    /// <summary>Decides every draw.</summary>
    public string Seed { get; set; } = "0";

    /// <summary>Devices without which it does not start.</summary>
    public string MinDevices { get; set; } = "1";

    /// <summary>Devices that it may use.</summary>
    public string MaxDevices { get; set; } = "1";

    /// <summary>Lines of KEY=VALUE.</summary>
    public string Set { get; set; } = "";

    /// <summary>What it asks for.</summary>
    /// <param name="presets">Those that there are.</param>
    /// <param name="faults">What is wrong, a line each, which says what to do; empty where there is a request.</param>
    /// <returns>Null where something is wrong.</returns>
    public TrainingRequest? Read(ITrainingPresets presets, out IReadOnlyList<string> faults)
    {
        List<string> found = [];
        faults = found;
        if (presets.All.FirstOrDefault(p => p.Name == Preset) is not { } preset)
        {
            found.Add("What to train: no preset is chosen. Choose one.");
            return null;
        }
        var data = preset.NeedsTokens ? Tokens : Dataset;
        if (data.Length == 0)
            found.Add(preset.NeedsTokens
                ? $"Data: {preset.Name} trains on a tokenization, and none is chosen. Choose one, or start one first."
                : $"Data: {preset.Name} trains on pictures, and no data set is chosen. Choose one, or register one first.");
        if (Id.Trim().Length == 0) found.Add("Id: there is none. Type one, such as my-run-1.");
        var seed = Number("Seed", Seed, long.MinValue, found);
        var (min, max) = (Number("Devices, at least", MinDevices, 1, found), Number("Devices, at most", MaxDevices, 1, found));
        if (min > max) found.Add($"Devices: at least {min} are more than at most {max}. Raise the one or lower the other.");
        var set = ReadSet(presets, found);
        AddField("Steps", Steps, StepsKey, least: 1);
        AddField("Pictures every", SampleSteps, SampleStepsKey, least: 0);
        return found.Count > 0 ? null : new TrainingRequest
        {
            Preset = preset.Name,
            Dataset = preset.NeedsTokens ? null : data,
            Tokens = preset.NeedsTokens ? data : null,
            Seed = seed,
            MinWorkers = (int)Math.Min(min, int.MaxValue),
            MaxWorkers = (int)Math.Min(max, int.MaxValue),
            Set = set,
        };

        void AddField(string field, string text, string key, long least)
        {
            if (text.Trim().Length == 0) return;
            var value = Number(field, text, least, found);
            if (!set.TryAdd(key, value.ToString(CultureInfo.InvariantCulture)))
                found.Add($"{field}: {key} is among the further settings as well. Give it once.");
        }
    }

    private Dictionary<string, string> ReadSet(ITrainingPresets presets, List<string> faults)
    {
        var set = new Dictionary<string, string>();
        foreach (var (i, line) in Set.Split('\n').Index())
        {
            var pair = line.Trim();
            if (pair.Length == 0) continue;
            var where = $"Further settings, line {i + 1}";
            var at = pair.IndexOf('=', StringComparison.Ordinal);
            if (at <= 0)
            {
                faults.Add($"{where}: '{ForeignText.Of(pair)}' is not KEY=VALUE. Write it like training.batchSize=32.");
                continue;
            }
            var (key, value) = (pair[..at].Trim(), pair[(at + 1)..].Trim());
            if (!set.TryAdd(key, value)) faults.Add($"{where}: {ForeignText.Of(key)} is given twice. Give one value.");
            else if (presets.FaultOf(Preset, key, value) is { } fault) faults.Add($"{where}: {fault}");
        }
        return set;
    }

    private static long Number(string field, string text, long least, List<string> faults)
    {
        if (long.TryParse(text.Trim(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) && value >= least)
            return value;
        faults.Add(
            $"{field}: '{ForeignText.Of(text)}' is not {(least == long.MinValue ? "a whole number" : $"a whole number from {least}")}. "
            + "Give such a one.");
        return least;
    }
}
