namespace PgmCluster.Cli.Study.Plans;

/// <summary>Overrides of presets, as a training's request has them.</summary>
internal static class StudyOverrides
{
    public static readonly IReadOnlyDictionary<string, string> None = new Dictionary<string, string>();

    public static IReadOnlyDictionary<string, string> Of(params (string Key, string Value)[] set) =>
        set.ToDictionary(s => s.Key, s => s.Value);

    /// <summary>Later ones win.</summary>
    public static IReadOnlyDictionary<string, string> Join(params IReadOnlyList<IReadOnlyDictionary<string, string>> all)
    {
        var joined = new Dictionary<string, string>();
        foreach (var (key, value) in all.SelectMany(one => one)) joined[key] = value;
        return joined;
    }
}
