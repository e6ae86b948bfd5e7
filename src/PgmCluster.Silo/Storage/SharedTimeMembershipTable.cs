using PgmCluster.Grains.Leases;
using PgmCluster.Silo.Storage.Metering;

namespace PgmCluster.Silo.Storage;

/// <summary>
/// A membership table whose times are the database's, whatever the clocks of the silos say. A silo writes when it started, when it was last
/// alive and when it suspected another; every silo compares that with its own clock to tell who counts and whose votes do.
/// </summary>
/// <param name="inner">The table as it is stored.</param>
/// <param name="clock">Tells by how much this silo's clock is off.</param>
/// <param name="readings">Told when it was read.</param>
internal sealed class SharedTimeMembershipTable(IMembershipTable inner, DatabaseClock clock, MembershipReadings readings) : IMembershipTable
{
    public Task InitializeMembershipTableAsync(bool tryInitTableVersion, CancellationToken cancellationToken) =>
        inner.InitializeMembershipTableAsync(tryInitTableVersion, cancellationToken);

    public Task DeleteMembershipTableEntriesAsync(string clusterId, CancellationToken cancellationToken) =>
        inner.DeleteMembershipTableEntriesAsync(clusterId, cancellationToken);

    public Task CleanupDefunctSiloEntriesAsync(DateTimeOffset beforeDate, CancellationToken cancellationToken) =>
        inner.CleanupDefunctSiloEntriesAsync(beforeDate + clock.Behind, cancellationToken);

    public async Task<MembershipTableData> ReadRowAsync(SiloAddress key, CancellationToken cancellationToken) =>
        ToLocal(await inner.ReadRowAsync(key, cancellationToken));

    public async Task<MembershipTableData> ReadAllAsync(CancellationToken cancellationToken)
    {
        var stored = await DatabaseMeters.Measure("membership", "read", () => inner.ReadAllAsync(cancellationToken));
        readings.Taken();
        try
        {
            // Every silo reads the table every few seconds; the database has just answered.
            clock.Measure();
        }
        catch (StateDatabaseException)
        {
            // It is measured at the next reading.
        }
        return ToLocal(stored);
    }

    public Task<bool> InsertRowAsync(MembershipEntry entry, TableVersion tableVersion, CancellationToken cancellationToken) =>
        inner.InsertRowAsync(Shift(entry, clock.Behind), tableVersion, cancellationToken);

    public Task<bool> UpdateRowAsync(MembershipEntry entry, string etag, TableVersion tableVersion, CancellationToken cancellationToken) =>
        inner.UpdateRowAsync(Shift(entry, clock.Behind), etag, tableVersion, cancellationToken);

    public Task UpdateIAmAliveAsync(MembershipEntry entry, CancellationToken cancellationToken) =>
        DatabaseMeters.Measure("membership", "write", () => inner.UpdateIAmAliveAsync(Shift(entry, clock.Behind), cancellationToken));

    Task IMembershipTable.InitializeMembershipTable(bool tryInitTableVersion) =>
        InitializeMembershipTableAsync(tryInitTableVersion, CancellationToken.None);

    Task IMembershipTable.DeleteMembershipTableEntries(string clusterId) =>
        DeleteMembershipTableEntriesAsync(clusterId, CancellationToken.None);

    Task IMembershipTable.CleanupDefunctSiloEntries(DateTimeOffset beforeDate) =>
        CleanupDefunctSiloEntriesAsync(beforeDate, CancellationToken.None);

    Task<MembershipTableData> IMembershipTable.ReadRow(SiloAddress key) => ReadRowAsync(key, CancellationToken.None);

    Task<MembershipTableData> IMembershipTable.ReadAll() => ReadAllAsync(CancellationToken.None);

    Task<bool> IMembershipTable.InsertRow(MembershipEntry entry, TableVersion tableVersion) =>
        InsertRowAsync(entry, tableVersion, CancellationToken.None);

    Task<bool> IMembershipTable.UpdateRow(MembershipEntry entry, string etag, TableVersion tableVersion) =>
        UpdateRowAsync(entry, etag, tableVersion, CancellationToken.None);

    Task IMembershipTable.UpdateIAmAlive(MembershipEntry entry) => UpdateIAmAliveAsync(entry, CancellationToken.None);

    private MembershipTableData ToLocal(MembershipTableData stored)
    {
        var behind = clock.Behind;
        return behind == TimeSpan.Zero
            ? stored
            : new MembershipTableData(
                [.. stored.Members.Select(member => Tuple.Create(Shift(member.Item1, -behind), member.Item2))], stored.Version);
    }

    private static MembershipEntry Shift(MembershipEntry entry, TimeSpan by) => by == TimeSpan.Zero ? entry : new MembershipEntry
    {
        SiloAddress = entry.SiloAddress,
        Status = entry.Status,
        SuspectTimes = entry.SuspectTimes?.ConvertAll(vote => Tuple.Create(vote.Item1, Shift(vote.Item2, by))),
        ProxyPort = entry.ProxyPort,
        HostName = entry.HostName,
        SiloName = entry.SiloName,
        RoleName = entry.RoleName,
        UpdateZone = entry.UpdateZone,
        FaultZone = entry.FaultZone,
        StartTime = Shift(entry.StartTime, by),
        IAmAliveTime = Shift(entry.IAmAliveTime, by),
    };

    // A time that was not given (the default) stays so: an update of the heartbeat alone carries no start.
    private static DateTime Shift(DateTime time, TimeSpan by) => time == default ? time : time + by;
}
