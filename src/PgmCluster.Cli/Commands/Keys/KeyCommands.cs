using System.CommandLine;
using System.Globalization;
using PgmCluster.Api.Keys;
using PgmCluster.Cli.Errors;
using PgmCluster.Cli.Output;
using PgmCluster.Data;
using PgmCluster.Silo.Options;
using Spectre.Console;

namespace PgmCluster.Cli.Commands.Keys;

/// <summary><c>pgm keys add|list|remove</c>: who may use the HTTP API of a silo.</summary>
internal static class KeyCommands
{
    private static readonly Option<string?> s_file = new("--file")
    {
        Description = "The silo's file of keys (Pgm:ApiKeys). Default: $PGM_APIKEYS, else api-keys.json of the home",
        HelpName = "FILE",
    };

    public static Command Create(CliEnvironment environment) =>
        new("keys", "Keys by which callers of a silo's HTTP API are known; a running silo takes changes up by itself")
        {
            Add(environment), List(environment), Remove(environment),
        };

    private static Command Add(CliEnvironment environment)
    {
        var name = new Argument<string>("NAME") { Description = "Who gets the key: the owner of what is submitted with it" };
        var role = new Option<string>("--role")
        {
            Description = "viewer looks, submitter also submits and changes what is their own, admin changes everything",
            HelpName = "ROLE",
            Required = true,
        };
        var add = new Command("add", "Make a key, which is shown once and stored as its hash") { name, role, s_file };
        return add.Does(environment, invocation =>
        {
            var (given, file) = (invocation.Get(role)!, FileOf(invocation));
            if (Enum.GetValues<ApiRole>().Where(r => Word(r) == given).ToList() is not [var found])
                throw new UsageException($"--role {given}: there is no such role. Give viewer, submitter or admin.");
            var key = ApiKeyFile.Add(file, invocation.Get(name), found, environment.Time.GetUtcNow());
            return Task.FromResult(invocation.Finish(new { name = invocation.Get(name), role = given, key, file }, console =>
            {
                console.WriteLine($"Key of '{invocation.Get(name)}' ({given}), in {file}. It is shown now and never again:");
                console.WriteLine(key);
            }));
        });
    }

    private static Command List(CliEnvironment environment) =>
        new Command("list", "List who has a key, and of which role") { s_file }.Does(environment, invocation =>
        {
            var file = FileOf(invocation);
            var keys = ApiKeyFile.Read(file) ?? throw new BadInputException(
                $"Looking for API keys in {file}: there is no such file. Make one with 'pgm keys add NAME --role ROLE', or name it with "
                + "--file.");
            return Task.FromResult(invocation.Finish(
                new { file, keys = keys.Select(k => new { k.Name, role = Word(k.Role), k.CreatedAt }) },
                console => console.WriteTable(["name", "role", "made"], keys.Select(k => new[]
                {
                    k.Name, Word(k.Role), k.CreatedAt.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
                }))));
        });

    private static Command Remove(CliEnvironment environment)
    {
        var name = new Argument<string>("NAME") { Description = "Whose key" };
        var remove = new Command("remove", "Take a key out: whoever comes with it is refused from then on") { name, s_file };
        return remove.Does(environment, invocation =>
        {
            var (removed, file) = (invocation.Get(name), FileOf(invocation));
            ApiKeyFile.Remove(file, removed);
            return Task.FromResult(
                invocation.Finish(new { removed, file }, console => console.WriteLine($"Removed the key of '{removed}'.")));
        });
    }

    private static string FileOf(Invocation invocation) => new SiloOptions
    {
        Home = invocation.Home.Root,
        ApiKeys = invocation.Get(s_file) ?? invocation.Environment.Variable("PGM_APIKEYS") ?? "",
    }.ApiKeysPath;

    private static string Word(ApiRole role) => role.ToString().ToLowerInvariant();
}
