using PgmCluster.Contracts.Jobs;
using PgmCluster.Grains.Evaluation;
using PgmCluster.Grains.Jobs.Units;
using PgmCluster.Grains.Sampling;
using PgmCluster.Grains.Scheduling.Rows;
using PgmCluster.Grains.Tokenization;

namespace PgmCluster.Silo.Tests.Storage.States;

/// <summary>What is stored since jobs are made of units: the units, and which of them are done.</summary>
internal static class StoredUnits
{
    public static List<UnitRun> Runs => [new() { Name = "größe", Units = 3, Images = 250, Size = 100, Last = true }];

    /// <summary>The samples of before with what was added.</summary>
    public static IEnumerable<(string File, object State)> After(IReadOnlyList<(string File, object State)> before)
    {
        foreach (var (file, state) in before.Where(sample => sample.File.EndsWith("-job.2.json", StringComparison.Ordinal)))
            yield return (file.Replace(".2.", ".3.", StringComparison.Ordinal), WithUnits(StoredTypes.Copy(state)));
        // A piece of work's own members come before those that all work has.
        yield return ("training-run.3.json", before.Single(sample => sample.File == "training-run.2.json").State);
        yield return ("work-unit.1.json", new WorkUnitState
        {
            FormatVersion = 7,
            Assignment = new()
            {
                Job = "tokenizationjob/tokens",
                Index = 1,
                Kind = "tokenize-shard",
                Document = """{"images":24}""",
                Attempt = 2,
                Fence = 4,
                Priority = 3,
                User = "ann",
            },
            Record = new()
            {
                Generation = 5,
                Result = """{"done":true}""",
                Losses = 2,
                LossMark = 60,
                FaultedOn = ["a/cpu:0"],
                FaultMark = 40,
            },
            Phase = JobPhase.Failed,
            Message = "lost",
        });
        var queued = (ScheduledWork)before.Single(sample => sample.File == "scheduled-work.1.json").State;
        yield return ("scheduled-work.2.json", queued with { AfterOlder = true });
    }

    private static object WithUnits(object state)
    {
        switch (state)
        {
            case EvaluationJobState job: (job.Units, job.Done) = (Runs, [5]); break;
            case StatisticsJobState job: (job.Units, job.Done) = (Runs, [5]); break;
            case SamplingJobState job: (job.Units, job.Done) = (Runs, [5]); break;
            case TokenizationJobState job: (job.Units, job.Done, job.Parts) = (Runs, [5], StoredStates.Parts()); break;
            default: throw new InvalidOperationException($"{state.GetType().Name} is not made of units.");
        }
        return state;
    }
}
