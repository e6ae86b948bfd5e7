using System.Data.Common;
using System.Security.Cryptography;
using System.Text;
using PgmCluster.Grains.Callers;
using PgmCluster.Silo.Errors;
using PgmCluster.Silo.Options;

namespace PgmCluster.Silo.Storage.Secrets;

/// <summary>
/// Finds the secret of a cluster: in the file that the options name, or else in its state database, made by the first silo.
/// </summary>
internal static class ClusterSecrets
{
    /// <param name="options">Validated.</param>
    /// <param name="database">The schema is up to date.</param>
    /// <exception cref="SiloOptionsException">The file cannot be read, or is too short.</exception>
    /// <exception cref="StateDatabaseException">The database cannot be used.</exception>
    public static ClusterSecret Read(SiloOptions options, IStateDatabase database)
    {
        if (options.SecretFile.Length > 0) return new ClusterSecret(ReadFile(options.SecretFile));
        try
        {
            using var connection = database.Connect();
            return new ClusterSecret(Convert.FromHexString(FindOrMake(connection, options)));
        }
        catch (Exception e) when (database.Describe("find the secret of this cluster (table PgmClusterSecret) in", e) is { } described)
        {
            throw described;
        }
    }

    /// <summary>What a file of <see cref="ProtectionOptions.SecretFile"/> holds, without the blanks around it.</summary>
    /// <exception cref="SiloOptionsException">It cannot be read, or is too short; the message tells nothing of it.</exception>
    public static byte[] ReadFile(string path)
    {
        byte[] secret;
        try
        {
            secret = Encoding.UTF8.GetBytes(File.ReadAllText(path).Trim());
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SiloOptionsException(
                [$"Pgm:SecretFile {path} cannot be read ({e.Message.TrimEnd('.')}): make it readable for the silo"]);
        }
        if (secret.Length >= ClusterSecret.LeastBytes) return secret;
        throw new SiloOptionsException(
            [$"Pgm:SecretFile {path} has {secret.Length} characters: "
                + $"put at least {ClusterSecret.LeastBytes} random ones there, the same for "
                + "all silos, such as 'openssl rand -hex 32' writes"]);
    }

    private static string FindOrMake(DbConnection connection, SiloOptions options)
    {
        while (true)
        {
            using var find = connection.Command(
                "SELECT Secret FROM PgmClusterSecret WHERE ServiceId = @ServiceId AND ClusterId = @ClusterId",
                ("@ServiceId", options.ServiceId), ("@ClusterId", options.ClusterId));
            if (find.ExecuteScalar() is string known) return known;
            connection.Execute(
                "INSERT INTO PgmClusterSecret (ServiceId, ClusterId, Secret) VALUES (@ServiceId, @ClusterId, @Secret) ON CONFLICT DO "
                + "NOTHING",
                ("@ServiceId", options.ServiceId), ("@ClusterId", options.ClusterId),
                ("@Secret", Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(ClusterSecret.LeastBytes))));
        }
    }
}
