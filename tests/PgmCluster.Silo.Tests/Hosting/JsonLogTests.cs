using System.Text.Json;
using PgmCluster.Silo.Hosting;
using PgmCluster.Silo.Options;

namespace PgmCluster.Silo.Tests.Hosting;

/// <summary>Log lines for collectors. What runs and attempts they name is tested on a cluster.</summary>
public sealed class JsonLogTests : IDisposable
{
    private readonly TemporaryHome _home = new();

    public void Dispose() => _home.Dispose();

    [Fact]
    public void Log_AsJson_IsAnObjectALine_WithWhatItIsAbout()
    {
        var log = SiloLogging.Create(new SiloOptions { Home = _home.Path, LogJson = true });
        log.ForContext("SourceContext", "PgmCluster.Some").ForContext("run", "model").ForContext("attempt", 2).ForContext("step", 417L)
            .Warning("Work {WorkId} says \"{Line}\" on\n{Worker}", "model", "größer", "a/cpu:0");
        log.Error(new InvalidOperationException("broken"), "It failed after {Seconds} s", 0.25);
        SiloLogging.Close(log);

        var lines = File.ReadAllLines(Assert.Single(Directory.GetFiles(Path.Combine(_home.Path, "logs")))).Select(
            line => JsonSerializer.Deserialize<JsonElement>(line)).ToList();
        Assert.Equal(2, lines.Count);
        Assert.Equal(("Warning", "local", "PgmCluster.Some"), (Text(lines[0], "level"), Text(lines[0], "silo"), Text(lines[0], "source")));
        Assert.Equal("Work model says \"größer\" on\na/cpu:0", Text(lines[0], "message"));
        Assert.Equal(("model", 2, 417), (Text(lines[0], "run"), lines[0].GetProperty("attempt").GetInt32(), lines[0].GetProperty("step").GetInt64()));
        Assert.Equal("a/cpu:0", Text(lines[0].GetProperty("fields"), "Worker"));
        Assert.False(lines[0].TryGetProperty("formation", out _));
        Assert.EndsWith("Z", Text(lines[0], "time"));
        Assert.Contains("InvalidOperationException: broken", Text(lines[1], "exception"));
        Assert.Equal(0.25, lines[1].GetProperty("fields").GetProperty("Seconds").GetDouble());
    }

    private static string Text(JsonElement line, string name) => line.GetProperty(name).GetString()!;
}
