namespace PgmCluster.Execution.Wire;

/// <summary>What a frame of the data plane carries.</summary>
internal enum FrameKind : byte
{
    /// <summary>Lives. Its number says whether the device computes (1) or waits (0).</summary>
    Heartbeat = 1,

    /// <summary>Beginning of a member's contribution to a step, or to the synchronization: a StepHead.</summary>
    Head,

    /// <summary>A block of a node's sum, for the owner of the segment.</summary>
    Part,

    /// <summary>A block of the finished gradient, from the owner of the segment.</summary>
    Result,

    /// <summary>What precedes a state: a StateHead.</summary>
    StateHead,

    /// <summary>A block of a state.</summary>
    State,

    /// <summary>The run's result stands.</summary>
    Finished,

    /// <summary>The sender goes to the next meeting; the payload names the workers that it takes for lost, one a line.</summary>
    Bye,

    /// <summary>From the first member: the id of the NCCL communicator that the generation's members join.</summary>
    CommunicatorId,

    /// <summary>Asks for a heartbeat at once: somebody was lost, and who else was is to be known now.</summary>
    Probe,

    /// <summary>Nothing more of this generation follows; the connection stays for the next one.</summary>
    End,
}
