using System.CommandLine;
using System.Globalization;
using PgmCluster.Cli.Output;
using PgmCluster.Data;
using PgmCluster.Data.Tls;
using PgmCluster.Tls;

namespace PgmCluster.Cli.Commands.Tls;

/// <summary><c>pgm tls show</c>: what an authority's directory, or that of one certificate, holds, and when it ends.</summary>
internal static class TlsShowCommand
{
    public static Command Create(CliEnvironment environment, Option<string> directory) =>
        new Command("show", "List the certificates of a directory, their roles and when they end") { directory }.Does(
            environment, invocation =>
            {
                var root = Path.GetFullPath(invocation.Get(directory)!);
                var now = environment.Time.GetUtcNow();
                var found = TlsListing.Of(root);
                if (found.Count == 0)
                {
                    throw new BadInputException(
                        $"Looking for certificates in {root}: there are none. "
                        + "Name a directory with --dir, or make one with 'pgm tls init'.");
                }
                return Task.FromResult(invocation.Finish(
                    new
                    {
                        directory = root,
                        certificates = found.Select(c => new { c.Name, c.Role, c.Ends, days = DaysLeft(c, now), c.Fingerprint, c.File }),
                    },
                    console => console.WriteTable(["certificate", "role", "ends", "days left", "SHA-256", "file"], found.Select(c => new[]
                    {
                        c.Name, c.Role, c.Ends.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
                        DaysLeft(c, now).ToString(CultureInfo.InvariantCulture), c.Fingerprint[..16], c.File,
                    }))));
            });

    private static int DaysLeft(ListedCertificate certificate, DateTimeOffset now) => (int)Math.Floor((certificate.Ends - now).TotalDays);
}
