using System.Text.Json;
using PgmCluster.Data.Artifacts;
using PgmCluster.Silo.Storage;

namespace PgmCluster.Silo.Tests.Doctor;

/// <summary>Training runs as a state database has them at their end.</summary>
internal static class FinishedRuns
{
    public static void Record(IStateDatabase database, string run, ArtifactInfo file)
    {
        var weights = new { name = file.Name, size = file.Size, sha256 = file.Sha256 };
        var state = JsonSerializer.SerializeToUtf8Bytes(new { kind = "pgm", result = new { weights } });
        using var connection = database.Connect();
        connection.Execute("""
            INSERT INTO PgmGrainState
                (ServiceId, GrainTypeString, GrainTypeHash, GrainIdHash, GrainIdN0, GrainIdN1, GrainIdExtensionString,
                 PayloadBinary, Version, ModifiedAt)
            VALUES ('pgm', 'training-run', 0, 0, 0, 0, @Run, @State, 1, '')
            """, ("@Run", run), ("@State", state));
    }
}
