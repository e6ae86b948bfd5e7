using PgmCluster.Execution.Doctor;
using PgmCluster.Silo.Errors;
using PgmCluster.Silo.Hosting;
using PgmCluster.Silo.Storage;

namespace PgmCluster.Silo.Doctor;

/// <summary>This machine's clock against the database's, which all silos of a cluster share.</summary>
internal static class ClockFindings
{
    private const string Subject = "clock";

    /// <param name="database">Null where it cannot be used.</param>
    /// <param name="isLocal">State is a file of this machine.</param>
    /// <param name="time">This machine's clock.</param>
    public static Finding Look(IStateDatabase? database, bool isLocal, TimeProvider time)
    {
        if (isLocal) return Finding.Ok(Subject, "this machine's own is the only one (SQLite)");
        if (database is null)
            return Finding.Warning(Subject, "not compared: the database's time cannot be asked for", "Mend the database, then look again.");
        try
        {
            string? said = null;
            var clock = new DatabaseClock(database, time, line => said = line);
            clock.Measure();
            clock.RequireTolerable();
            return said is null
                ? Finding.Ok(Subject, $"agrees with that of the state database {database.Name}")
                : Finding.Warning(Subject, said.Split(". ")[0],
                    "Set the clock (NTP): silos agree by the database's, so nothing fails, but times in logs and tables are wrong.");
        }
        catch (Exception e) when (e is SiloStartException or StateDatabaseException)
        {
            return Findings.Failed(Subject, e.Message);
        }
    }
}
