namespace PgmCluster.Cli.Study.Plans;

/// <summary>Everything that distinguishes one study preset from another: names and numbers, no behaviour.</summary>
internal sealed record StudyPlan
{
    public required string Preset { get; init; }

    /// <summary>Preset of the classifier whose features and classes judge all models.</summary>
    public required string Judge { get; init; }

    public required StudyGrid Grid { get; init; }

    /// <summary>Side of the pictures in pixels.</summary>
    public int ImageSize { get; init; } = 28;

    public required IReadOnlyList<StudyModel> Models { get; init; }

    /// <summary>Overrides of every training of a compared model.</summary>
    public IReadOnlyDictionary<string, string> Training { get; init; } = StudyOverrides.None;

    /// <summary>Share of the images that no training sees; the quickstart's.</summary>
    public double ValidationShare { get; init; } = 0.1;

    public required IReadOnlyList<double> LearningRates { get; init; }

    /// <summary>Weights of the guidance, ascending.</summary>
    public required IReadOnlyList<double> Guidance { get; init; }

    public IReadOnlyList<string> Forms { get; } = [StudySetting.Linear, StudySetting.Constant];

    /// <summary>Tried at the best guidance.</summary>
    public required IReadOnlyList<double> LogitScales { get; init; }

    /// <summary>Steps of the sampler in the search.</summary>
    public required int Steps { get; init; }

    public required IReadOnlyList<int> OtherSteps { get; init; }

    /// <summary>Seed of the judge, the tokenizer and the searched trainings.</summary>
    public long SearchSeed { get; init; } = 1;

    public long SearchSamplingSeed { get; init; } = 101;

    /// <summary>Training seeds of the report: none is the search's.</summary>
    public required IReadOnlyList<long> ReportSeeds { get; init; }

    /// <summary>Generated images of an evaluation.</summary>
    public required int Images { get; init; }

    public required int ChunkSize { get; init; }

    /// <summary>Batches at which speeds are measured: the last one is that of tables and plot.</summary>
    public required IReadOnlyList<int> SpeedBatches { get; init; }

    /// <summary>Weights that an ablation, and the comparison at length, are tried with.</summary>
    public required IReadOnlyList<double> FewGuidances { get; init; }

    public required IReadOnlyList<StudyAblation> Ablations { get; init; }

    public required StudyLength Length { get; init; }

    /// <summary>Disk space that the state and artifacts need, with room to spare.</summary>
    public required long RequiredMegabytes { get; init; }

    /// <summary>
    /// The plan for some of its models: their jobs are the same ones, but for speeds, which are measured beside each other.
    /// </summary>
    public StudyPlan Of(IReadOnlyCollection<string> models) => this with
    {
        Models = [.. Models.Where(m => models.Contains(m.Name))],
        Ablations = [.. Ablations.Where(a => models.Contains(a.Model))],
    };

    /// <summary>Sampling seed of a reported training: another one than any of the search.</summary>
    public long ReportSamplingSeed(long trainingSeed) => 1000 + trainingSeed;

    public StudyModel Model(string name) => Models.Single(m => m.Name == name);

    /// <summary>All guidances in both forms; none at all counts once.</summary>
    public IReadOnlyList<StudySetting> Candidates(int steps) =>
    [
        .. Guidance.SelectMany(w => Forms.Take(w == 0 ? 1 : Forms.Count).Select(form => new StudySetting(steps, w, form))),
    ];

    /// <summary>The best guidance and its two neighbours, for another number of steps.</summary>
    public IReadOnlyList<StudySetting> Neighbours(StudySetting best, int steps)
    {
        var at = Guidance.ToList().IndexOf(best.Guidance);
        var first = Math.Clamp(at - 1, 0, Math.Max(0, Guidance.Count - 3));
        return [.. Guidance.Skip(first).Take(3).Select(w => best with { Steps = steps, Guidance = w })];
    }
}
