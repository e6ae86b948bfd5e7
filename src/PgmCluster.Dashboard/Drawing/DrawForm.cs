using System.Globalization;
using PgmCluster.Contracts.Drawing;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Contracts.Sampling;

namespace PgmCluster.Dashboard.Drawing;

/// <summary>What somebody types who wants pictures.</summary>
internal sealed record DrawForm
{
    /// <summary>Class by index; empty for one picture of each.</summary>
    public string Class { get; set; } = "";

    /// <summary>Pictures of that class.</summary>
    public string Count { get; set; } = "8";

    public string Steps { get; set; } = "16";

    public string Guidance { get; set; } = "1";

    public string Sampler { get; set; } = SamplerNames.Halton;

    public string Seed { get; set; } = "1";

    /// <summary>A device is taken from work that has one.</summary>
    public bool GoesFirst { get; set; }

    /// <summary>The request that they mean.</summary>
    /// <param name="model">What can be drawn.</param>
    /// <param name="faults">What is wrong with it, a line each.</param>
    /// <returns>Null where something is wrong.</returns>
    public DrawingRequest? Read(DrawableModel model, out IReadOnlyList<string> faults)
    {
        var found = new List<string>();
        var count = Whole("How many", Count, 1, DrawingRequest.MostPictures);
        var steps = Whole("Steps", Steps, 1, int.MaxValue);
        if (!long.TryParse(Seed.Trim(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var seed))
            found.Add($"Seed: '{Seed}' is not a whole number. Give such a one.");
        if (!double.TryParse(Guidance.Trim(), NumberStyles.Float, CultureInfo.InvariantCulture, out var guidance))
            found.Add($"Guidance: '{Guidance}' is not a number. Give such a one, 0 for none.");
        faults = found;
        if (found.Count > 0) return null;
        return new DrawingRequest
        {
            Classes = int.TryParse(Class, CultureInfo.InvariantCulture, out var one)
                ? [.. Enumerable.Repeat(one, (int)count)]
                : [.. model.Trained.Take(DrawingRequest.MostPictures)],
            Seed = seed,
            Settings = new SamplingSettings { Sampler = Sampler, Steps = (int)steps, Guidance = guidance },
            Scheduling = GoesFirst ? new Scheduling { Priority = 1 } : null,
        };

        long Whole(string what, string text, long least, long most)
        {
            if (long.TryParse(text.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value >= least && value <= most)
                return value;
            found.Add($"{what}: '{text}' is not a whole number of {least}{(most < int.MaxValue ? $" to {most}" : " or more")}. Give such a one.");
            return least;
        }
    }
}
