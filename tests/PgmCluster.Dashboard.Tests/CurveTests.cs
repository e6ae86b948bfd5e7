using System.Globalization;
using PgmCluster.Api.Jobs;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Contracts.Training;
using PgmCluster.Dashboard.Components;
using PgmCluster.Dashboard.Reading;
using PgmCluster.Dashboard.Runs;

namespace PgmCluster.Dashboard.Tests;

/// <summary>Curves of any length, and what is said of a job.</summary>
public sealed class CurveTests
{
    [Theory]
    [InlineData(10)]
    [InlineData(100_000)]
    public void Means_OfARisingCurve_RiseFromItsFirstToItsLastValue_WhateverOrderItCameIn(int steps)
    {
        var curve = new Curve();
        foreach (var step in Enumerable.Range(0, steps).Reverse()) curve.Add(step, step);
        var means = curve.Means(steps - 1, 10);
        Assert.All(means.Zip(means.Skip(1)), pair => Assert.True(pair.First < pair.Second));
        Assert.InRange(means[0]!.Value, 0, steps / 10d);
        Assert.InRange(means[^1]!.Value, steps * 0.85, steps);
        Assert.Equal(steps - 1, curve.LastStep);
        Assert.Equal(steps - 1, curve.Last);
        Assert.Equal(0, curve.Lowest);
    }

    [Fact]
    public void AStepThatComesAgain_AndOneThatIsNoNumber_ChangeNothing()
    {
        var curve = new Curve();
        for (var i = 0; i < 2; i++)
        {
            for (var step = 0; step < 100; step++) curve.Add(step, 7);
        }
        curve.Add(100, double.NaN);
        curve.Add(101, double.PositiveInfinity);
        Assert.All(curve.Means(99, 10), mean => Assert.Equal(7, mean));
        Assert.Equal(99, curve.LastStep);
    }

    [Fact]
    public void Means_WhereThereIsNothing_AreNull() => Assert.All(new Curve().Means(10, 2), mean => Assert.Null(mean));

    [Theory]
    [InlineData(0.021, 0.034)]
    [InlineData(2.3, 2.3)]
    [InlineData(-1e6, 3e6)]
    [InlineData(0, 0)]
    public void Scale_OfAnyValues_HasAFewTicksAroundThem_AndDrawsWithin(double low, double high)
    {
        var scale = new ChartScale(1000, [low, high]);
        Assert.InRange(scale.YTicks.Count, 2, 7);
        Assert.True(scale.YTicks[0] <= low && scale.YTicks[^1] >= high);
        Assert.All(new[] { low, high }, value => Assert.InRange(
            double.Parse(scale.Y(value), CultureInfo.InvariantCulture), ChartScale.Top - 0.1, ChartScale.Bottom + 0.1));
        Assert.StartsWith("M", scale.Path([low, null, high]));
        Assert.Single(scale.Path([low, null, high]), c => c == 'L');
    }

    [Fact]
    public void SpecificationDifferences_AreTheKeysThatOneSaysOtherwise()
    {
        Assert.Equal(
            [new("model.widths", "[1,2]", "[1,3]"), new("seed", "0", "1"), new("training.masking", null, "root"), new("training.steps", "60", null)],
            SpecificationDifference.Of(
                """{"kind":"pgm","seed":0,"training":{"steps":60,"batchSize":16},"model":{"widths":[1,2]}}""",
                """{"kind":"pgm","seed":1,"training":{"batchSize":16,"masking":"root"},"model":{"widths":[1,3]}}"""));
        Assert.Empty(SpecificationDifference.Of("""{"a":{"b":null,"c":2e-3}}""", """{ "a": { "b": null, "c": 0.002 } }"""));
    }

    [Fact]
    public void TimeLeft_IsWhatIsLeftAtThePresentRate()
    {
        var job = new JobView
        {
            Id = "x",
            Kind = JobKind.Training,
            Phase = JobPhase.Running,
            Progress = new JobProgress { Done = 400, Total = 1000, Unit = "step", UnitsPerSecond = 10 },
        };
        Assert.Equal(TimeSpan.FromSeconds(60), Texts.Left(job));
        Assert.Null(Texts.Left(job with { Phase = JobPhase.Queued }));
        Assert.Equal("400 of 1\u202f000 steps", Texts.Progress(job.Progress));
        Assert.Equal(40, Texts.Percent(job.Progress));
        Assert.Equal("1 h 2 min", Texts.Span(TimeSpan.FromMinutes(62)));
    }
}
