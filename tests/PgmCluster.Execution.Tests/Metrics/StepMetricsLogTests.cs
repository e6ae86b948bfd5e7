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
        File.AppendAllText(runs.Store.LocalPath(RunFiles.Metrics("run", 1)), "{\"step\":4,\"lo");
        using (var second = new StepMetricsLog(runs.Store, "run", 12))
        {
            for (var i = 2; i < 6; i++) second.Add(new StepMetrics(i, 20 + i, 1, 0.1));
        }
        Assert.Equal([10.0, 11, 22, 23, 24, 25], StepMetricsLog.Read(runs.Store, "run").Select(m => m.Loss));
    }
}
