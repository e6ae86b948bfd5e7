using PgmCluster.Execution.Models;
using PgmCluster.Execution.Specifications;
using PgmCluster.Modeling.Randomness;
using static TorchSharp.torch;

namespace PgmCluster.Execution.Tests.Training;

public class TokenizerKindTests
{
    [Fact]
    public void Loss_EntropyWeightIsSet_AddsThatMuchOfTheEntropyTerm()
    {
        using var runs = new TestRuns();
        double Loss(params (string Key, string Value)[] set)
        {
            var work = TestRuns.Work("tokenizer", 1, set.ToDictionary(s => s.Key, s => s.Value));
            var specification = SpecificationJson.Parse(work.Specification);
            using var scope = NewDisposeScope();
            using var task = ModelKinds.Get("tokenizer").CreateTask(specification, work, runs.Context());
            using var inputs = task.MakeInputs(4);
            inputs.Fill([0, 1, 2, 3], RandomStream.Of(1, RandomPurpose.MicroBatch), training: true);
            return task.Backward(inputs).Loss.item<float>();
        }

        var without = Loss();
        var one = Loss(("model.entropyWeight", "1")) - without;
        var half = Loss(("model.entropyWeight", "0.5")) - without;
        Assert.Equal(without, Loss(("model.entropyWeight", "0")));
        Assert.True(Math.Abs(one) > 1e-3, $"the term is {one}");
        Assert.Equal(one / 2, half, 1e-5);
    }
}
