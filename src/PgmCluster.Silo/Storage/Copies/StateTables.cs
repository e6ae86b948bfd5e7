namespace PgmCluster.Silo.Storage.Copies;

/// <summary>
/// The tables that hold a cluster's state, the same in every database. Who is a member is none of it, nor is what the schema itself says.
/// </summary>
internal static class StateTables
{
    public static IReadOnlyList<StateTableShape> All { get; } =
    [
        new("PgmGrainState", "ServiceId",
        [
            "GrainTypeString", "GrainTypeHash", "GrainIdHash", "GrainIdN0", "GrainIdN1", "GrainIdExtensionString", "PayloadBinary",
            "Version",
        ])
        {
            WrittenAt = "ModifiedAt",
        },
        new("PgmScheduler", "StateId", ["Version", "LastLease"]),
        new("PgmSchedulerWork", "StateId", ["WorkId", "Generation", "State", "Document"]),
        new("PgmSchedulerLease", "StateId", ["Worker", "Number", "State"]),
        new("PgmSchedulerLoss", "StateId", ["Worker", "Number", "State"]),
        new("PgmSchedulerReservation", "StateId", ["Worker", "State"]),
        new("PgmSchedulerUsage", "StateId", ["UserName", "State"]),
        new("PgmCatalog", "StateId",
        [
            "Catalog", "Name", "Kind", "Owner", "AtRest", "Phase", "CreatedAt", "ChangedAt", "DueAt", "Failures", "Trouble", "State",
            "Retention", "Labels",
        ]),
    ];
}
