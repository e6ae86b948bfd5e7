namespace PgmCluster.Grains.Training.Gangs;

/// <summary>What meetings of a gang rest on, as the run has stored it.</summary>
internal sealed record GangTerms
{
    /// <summary>Of a run that wants nobody.</summary>
    public static GangTerms NotWanted { get; } = new();

    public string WorkId { get; init; } = "";

    /// <summary>Generation of the assignment whose members are wanted; 0 for nobody's.</summary>
    public long Generation { get; init; }

    /// <summary>Fewest members.</summary>
    public int Min { get; init; } = 1;

    /// <summary>Most members.</summary>
    public int Max { get; init; } = 1;

    /// <summary>Step of the newest recorded checkpoint.</summary>
    public long DurableStep { get; init; }

    /// <summary>What members have to know beside the assignment (JSON).</summary>
    public string Document { get; init; } = "";

    public bool Wants(string workId, long generation) => generation > 0 && workId == WorkId && generation == Generation;
}
