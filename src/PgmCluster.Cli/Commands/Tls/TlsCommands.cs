using System.CommandLine;
using PgmCluster.Cli.Errors;
using PgmCluster.Data.Tls;
using PgmCluster.Tls;
using Spectre.Console;

namespace PgmCluster.Cli.Commands.Tls;

/// <summary><c>pgm tls init|issue|renew|show</c>: a private certificate authority for a cluster.</summary>
internal static class TlsCommands
{
    private static readonly Option<string> DirectoryOption = new("--dir")
    {
        Description = "Directory of the authority",
        HelpName = "DIR",
        DefaultValueFactory = _ => "pgm-tls",
    };

    public static Command Create(CliEnvironment environment) =>
        new("tls", "Certificates by which silos and clients know each other")
        {
            Init(environment), Issue(environment), Renew(environment), TlsShowCommand.Create(environment, DirectoryOption),
        };

    private static Command Init(CliEnvironment environment) =>
        new Command("init", "Make a private authority, and a certificate for silos and one for clients; overwrites nothing")
        {
            DirectoryOption,
        }.Does(environment, invocation =>
        {
            var authority = TlsAuthority.Create(invocation.Get(DirectoryOption)!, environment.Time);
            return Task.FromResult(invocation.Finish(
                new { directory = authority.Directory, certificates = Enum.GetValues<TlsRole>().Select(TlsRoles.NameOf) },
                console =>
                {
                    console.WriteLine($"Authority: {authority.Directory}. Keep its ca.key away from silos: who has it can be anybody.");
                    console.WriteLine($"Silos:     PGM_TLS={PathOf(authority, TlsRole.Silo)}");
                    console.WriteLine($"Clients:   PGM_TLS={PathOf(authority, TlsRole.Service)}");
                }));
        });

    private static Command Issue(CliEnvironment environment)
    {
        var name = new Argument<string>("NAME") { Description = "Of the certificate, and of the directory that it gets" };
        var role = new Option<string>("--role") { Description = "silo, or service for clients", HelpName = "ROLE", Required = true };
        return new Command("issue", "Issue a certificate") { name, role, DirectoryOption }.Does(environment, invocation =>
        {
            var given = invocation.Get(role)!;
            if (Enum.GetValues<TlsRole>().Where(r => TlsRoles.NameOf(r) == given).ToList() is not [var found])
                throw new UsageException($"--role {given}: there is no such role. Give silo, or service for clients.");
            var authority = TlsAuthority.Open(invocation.Get(DirectoryOption)!, environment.Time);
            authority.Issue(invocation.Get(name), found);
            return Task.FromResult(Said(invocation, authority, invocation.Get(name), "Issued"));
        });
    }

    private static Command Renew(CliEnvironment environment)
    {
        var name = new Argument<string>("NAME") { Description = "Of the certificate" };
        return new Command("renew", "Replace a certificate by one with a new key and a new life; silos take it up by themselves")
        {
            name, DirectoryOption,
        }.Does(environment, invocation =>
        {
            var authority = TlsAuthority.Open(invocation.Get(DirectoryOption)!, environment.Time);
            authority.Renew(invocation.Get(name));
            return Task.FromResult(Said(invocation, authority, invocation.Get(name), "Renewed"));
        });
    }

    private static int Said(Invocation invocation, TlsAuthority authority, string name, string what)
    {
        var directory = Path.Combine(authority.Directory, name);
        return invocation.Finish(new { name, directory }, console => console.WriteLine($"{what} '{name}': {directory}"));
    }

    private static string PathOf(TlsAuthority authority, TlsRole role) => Path.Combine(authority.Directory, TlsRoles.NameOf(role));
}
