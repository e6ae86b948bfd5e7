using System.CommandLine;
using PgmCluster.Cli.Commands;
using PgmCluster.Cli.Tests.Fakes;
using PgmCluster.Silo.Errors;
using PgmCluster.Silo.Hosting;

namespace PgmCluster.Cli.Tests.Commands;

/// <summary>A signal that comes before there is anything to save.</summary>
public sealed class InterruptTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly FakeCluster _cluster = new();

    public void Dispose() => _directory.Dispose();

    /// <summary>Every command that does something, with a word for each argument that it needs.</summary>
    public static TheoryData<string> CommandLines => [.. Leaves(
        CommandLineApp.Build(new CliEnvironment { Out = TextWriter.Null, Error = TextWriter.Null, Sessions = new FakeCluster() }), "")];

    [Theory]
    [MemberData(nameof(CommandLines))]
    public async Task RunAsync_SignalBeforeTheCommandBegins_IsOneLineAnd130(string line)
    {
        var run = await CliRun.Of(_cluster, new CancellationToken(canceled: true), [.. line.Split(' '), "--home", _directory["home"]]);

        Assert.Equal((130, "", $"pgm: interrupted.{Environment.NewLine}"), (run.ExitCode, run.Out, run.Error));
        Assert.Equal(0, _cluster.Embedded);
        Assert.False(Directory.Exists(_directory["home"]));
    }

    [Theory]
    [InlineData(typeof(TaskCanceledException))]
    [InlineData(typeof(ObjectDisposedException))]
    [InlineData(typeof(SiloStartException))]
    public async Task RunAsync_SignalWhileTheSiloStarts_IsOneLineAnd130_WhateverBreaksOff(Type exception)
    {
        using var interrupt = new CancellationTokenSource();
        _cluster.Embedding = () =>
        {
            interrupt.Cancel();
            throw exception == typeof(SiloStartException)
                ? new SiloStartException("Trying to start: cancelled")
                : (Exception)Activator.CreateInstance(exception, "A task was canceled.")!;
        };

        var run = await CliRun.Of(_cluster, interrupt.Token, "runs", "list", "--home", _directory["home"]);

        Assert.Equal((130, $"pgm: interrupted.{Environment.NewLine}"), (run.ExitCode, run.Error));
    }

    [Fact]
    public async Task RunAsync_SignalWithJson_IsOneObject()
    {
        var run = await CliRun.Of(_cluster, new CancellationToken(canceled: true), "runs", "list", "--json");

        Assert.Equal("interrupted", run.Json.GetProperty("error").GetProperty("kind").GetString());
    }

    private static IEnumerable<string> Leaves(Command command, string path)
    {
        if (command.Subcommands.Count > 0) return command.Subcommands.SelectMany(sub => Leaves(sub, $"{path} {sub.Name}"));
        var required = command.Options.Where(o => o.Required).Select(o => $" {o.Name} x");
        return [(path + string.Concat(command.Arguments.Select(_ => " x")) + string.Concat(required)).Trim()];
    }
}
