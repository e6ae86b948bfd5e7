using PgmCluster.Execution.Runs;

namespace PgmCluster.Execution.Tests.Metrics;

public class StepMetricsLogTests
{
    [Fact]
    public void Read_RepeatedStepsAndATornLine_CountsEachStepOnceFromTheNewestGeneration()
    {
        using var runs = new TestRuns();
        using (var first = new StepMetricsLog(runs.Store, "run", 1))
        {
            for (var i = 0; i < 4; i++) first.Add(new StepMetrics(i, 10 + i, 1, 0.1));
        }
        // As versions wrote it that appended to a file per generation; this one was killed while it did.
        File.WriteAllText(
            runs.FileOf($"{RunFiles.MetricsFolder("run")}generation-00000002.jsonl"),
            """
            {"step":2,"loss":2.5,"gradientNorm":1,"learningRate":0.1,"validationLoss":9}
            {"step":4,"lo
            """);
        using (var second = new StepMetricsLog(runs.Store, "run", 12))
        {
            for (var i = 2; i < 6; i++) second.Add(new StepMetrics(i, 20 + i, 1, 0.1));
        }
        var read = StepMetricsLog.Read(runs.Store, "run");
        Assert.Equal([10.0, 11, 22, 23, 24, 25], read.Select(m => m.Loss));
        // Who takes over a gang knows of the steps that it has not written, but not what the first alone found out.
        Assert.Equal([null, null, 9.0, null, null, null], read.Select(m => m.ValidationLoss));
    }
}
