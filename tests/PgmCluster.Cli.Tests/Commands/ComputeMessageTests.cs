using System.Text.Json;
using PgmCluster.Cli.Doctor;
using PgmCluster.Execution.Doctor;

namespace PgmCluster.Cli.Tests.Commands;

/// <summary>What the doctor's computing process says to it, a line each.</summary>
public sealed class ComputeMessageTests
{
    [Fact]
    public void Read_WhatWasWritten_IsTheSameOnOneLine()
    {
        var line = Finding.Failed("cpu:0 product", "a\nb", "Mend it.");
        var finding = new ComputeMessage { Finding = line }.Write();
        var report = new ComputeMessage { Report = JsonSerializer.Deserialize<JsonElement>("""{"products":[{"teraflopsPerSecond":1.5}]}""") }.Write();

        Assert.DoesNotContain('\n', finding + report);
        Assert.Equal(line, ComputeMessage.Read(finding)!.Finding);
        Assert.Equal(
            1.5, ComputeMessage.Read(report)!.Report!.Value.GetProperty("products")[0].GetProperty("teraflopsPerSecond").GetDouble());
    }

    [Fact]
    public void Read_WordsOfALibrary_AreNone() => Assert.Null(ComputeMessage.Read("[W1129 warning: something]"));
}
