using PgmCluster.Api.Keys;
using PgmCluster.Cli.Tests.Fakes;

namespace PgmCluster.Cli.Tests.Commands.Keys;

public sealed class KeyCommandsTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private string Home => Path.Combine(_directory.Root, "home");

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task AKey_IsMadeShownOnceListedAndRemoved()
    {
        var made = await Run("add", "ann", "--role", "submitter", "--json");

        var key = made.Json.GetProperty("key").GetString()!;
        var file = Path.Combine(Home, "api-keys.json");
        Assert.Equal(file, made.Json.GetProperty("file").GetString());
        Assert.Equal(ApiKeyFile.HashOf(key), Assert.Single(ApiKeyFile.Read(file)!).Sha256);
        var listed = await Run("list");
        Assert.Contains("ann", listed.Out);
        Assert.Contains("submitter", listed.Out);
        Assert.DoesNotContain(key, listed.Out);

        Assert.Equal(0, (await Run("remove", "ann")).ExitCode);
        Assert.Empty((await Run("list", "--json")).Json.GetProperty("keys").EnumerateArray());
        Assert.Contains(ApiKeyFile.Prefix, (await Run("add", "ann", "--role", "admin")).Out);
    }

    [Fact]
    public async Task WhatIsWrong_IsBadInput_WithWhatToDo()
    {
        Assert.Contains("pgm keys add", (await Refused("list")).Error);
        Assert.Contains("viewer, submitter or admin", (await Refused("add", "ann", "--role", "king")).Error);
        Assert.Contains("pgm keys list", (await Refused("remove", "ann")).Error);
        await Run("add", "ann", "--role", "viewer");
        Assert.Contains("pgm keys remove ann", (await Refused("add", "ann", "--role", "viewer")).Error);
        var other = Path.Combine(_directory.Root, "other.json");
        Assert.Equal(0, (await Run("add", "ann", "--role", "viewer", "--file", other)).ExitCode);
        Assert.Single(ApiKeyFile.Read(other)!);
    }

    private async Task<CliRun> Refused(params string[] arguments)
    {
        var run = await Run(arguments);
        Assert.Equal(2, run.ExitCode);
        return run;
    }

    private Task<CliRun> Run(params string[] arguments) => CliRun.Of(new FakeCluster(), ["keys", .. arguments, "--home", Home]);
}
