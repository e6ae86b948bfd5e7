namespace PgmCluster.Dashboard.Submitting;

/// <summary>What can be trained, as the silo's program knows it.</summary>
public interface ITrainingPresets
{
    /// <summary>All presets, by name.</summary>
    IReadOnlyList<TrainingPreset> All { get; }

    /// <summary>Directory of pictures that come with the program, to begin with; null where there are none.</summary>
    string? SamplePictures { get; }

    /// <summary>The name that they are registered under.</summary>
    string SampleName { get; }

    /// <summary>
    /// Why a preset does not take a value for a key, in one line; null where it does, as far as that can be said of one key.
    /// </summary>
    string? FaultOf(string preset, string key, string value);
}

/// <summary>A preset.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Kind">"tokenizer", "classifier", "pgm", "pgm-once" or "maskgit".</param>
/// <param name="NeedsTokens">True where it trains on a tokenization, false where on pictures.</param>
/// <param name="Keys">What can be set: dotted keys with their values; null for what the data or the device say.</param>
public sealed record TrainingPreset(string Name, string Kind, bool NeedsTokens, IReadOnlyList<KeyValuePair<string, string?>> Keys)
{
    /// <summary>The value of a key; null where there is none, or data or device say it.</summary>
    public string? Value(string key) => Keys.FirstOrDefault(k => k.Key == key).Value;
}
