namespace PgmCluster.Execution.Wire;

/// <summary>A member's place in one generation of a gang.</summary>
public sealed record GangSeat
{
    public required string RunId { get; init; }

    /// <summary>The fence: what carries an older one is refused.</summary>
    public required long Generation { get; init; }

    /// <summary>Known to the members of this generation only.</summary>
    public required byte[] Secret { get; init; }

    /// <summary>Place of this member in <see cref="Peers"/>.</summary>
    public required int Rank { get; init; }

    /// <summary>All members by rank, this one among them.</summary>
    public required IReadOnlyList<GangPeer> Peers { get; init; }

    /// <summary>What all members can: see <see cref="GangProtocol"/>.</summary>
    public int Protocol { get; init; } = GangProtocol.Current;

    /// <summary>No member has a state, and no checkpoint was recorded when the generation formed: the run begins with it.</summary>
    public bool Begins { get; init; }

    /// <summary>
    /// What members prove to each other. An owner that goes on at a silo of the version before no longer knows what it had said of
    /// <see cref="Protocol"/> and <see cref="Begins"/>: members that heard otherwise must not meet, and come again.
    /// </summary>
    internal byte[] Proof => Protocol == 0 ? Secret : [.. Secret, (byte)Protocol, (byte)(Begins ? 1 : 0)];

    /// <summary>What the owner knows and the assignment may not (JSON): the newest checkpoints.</summary>
    public string? Document { get; init; }

    /// <summary>Of a run that has one device only.</summary>
    /// <param name="runId">The run.</param>
    /// <param name="generation">Of its work.</param>
    /// <param name="worker">The device.</param>
    public static GangSeat Alone(string runId, long generation, string worker) =>
        new() { RunId = runId, Generation = generation, Secret = [], Rank = 0, Peers = [new GangPeer(worker, "", -1)] };

    /// <summary>Rank of the member whose state all others take: the first of those that have done most steps.</summary>
    public int Source => Enumerable.Range(0, Peers.Count).MaxBy(r => (Peers[r].Step, -r));
}

/// <summary>A member of a gang.</summary>
/// <param name="Worker">Name of its worker.</param>
/// <param name="Address">Where its data plane listens, "address:port".</param>
/// <param name="Step">Steps done in the state that it brings; -1 for none.</param>
public sealed record GangPeer(string Worker, string Address, long Step);
