using PgmCluster.Data;
using PgmCluster.Execution.Devices;
using PgmCluster.Execution.Doctor;
using PgmCluster.Execution.Doctor.Computation;
using PgmCluster.Execution.Inputs;
using PgmCluster.Execution.Models;
using PgmCluster.Execution.Work;
using Xunit.Abstractions;
using static TorchSharp.torch;

namespace PgmCluster.Execution.Tests.Doctor;

public class DeviceExaminationTests(ITestOutputHelper output)
{
    [Fact]
    public async Task Run_Cpu_ComputesWhatWasRecordedInEveryType()
    {
        var findings = await Examine();

        Assert.All(findings, f => Assert.Equal(FindingState.Ok, f.State));
        Assert.Equal(1 + 1 + 2 * (2 * 6 + 1) + 1, findings.Count);
        Assert.Equal(findings.Count, findings.Select(f => f.Subject).Distinct().Count());
    }

    [Fact]
    public async Task Run_DeviceCannotBeOpened_IsOneFailedLineWithTheReason()
    {
        const string Problem = "Checking cpu:0: element (3, 4) of a product is 2 instead of 1.";
        using var thread = new DeviceThread(ComputeDevice.Cpu(), _ => throw new BadInputException(Problem));
        var findings = new List<Finding>();

        await DeviceExamination.Run(thread, findings.Add);

        var line = Assert.Single(findings);
        Assert.Equal(FindingState.Failed, line.State);
        Assert.Contains("element (3, 4)", line.Found, StringComparison.Ordinal);
        Assert.Contains("PGM_DEVICES", line.Advice, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_FileIsDamaged_FailsNamingItAndSaysToInstallAgain()
    {
        using var altered = new AlteredFiles();
        altered.Overwrite(RecordedFiles.MaskGit, "weights.tok_emb.weight", 5, x => -x);

        var line = (await Examine(altered.Files))[^1];

        Assert.Equal(FindingState.Failed, line.State);
        Assert.Contains("maskgit.safetensors", line.Found, StringComparison.Ordinal);
        Assert.Contains("Install the program again", line.Advice, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_FileIsMissing_FailsNamingIt()
    {
        using var altered = new AlteredFiles();
        altered.Delete(RecordedFiles.Inception);

        var line = (await Examine(altered.Files))[^1];

        Assert.Equal(FindingState.Failed, line.State);
        Assert.Contains("inception.safetensors", line.Found, StringComparison.Ordinal);
    }

    /// <summary>
    /// Each number that is compared with is altered by little more than what is allowed, and its own lines fail, no others.
    /// </summary>
    [Fact]
    public async Task Run_RecordedNumberIsAnother_ItsLinesFail()
    {
        using var altered = new AlteredFiles();
        altered.Alter(RecordedFiles.Partition, "predict.uneven.logits", 700, x => x + 0.002f);
        altered.Alter(RecordedFiles.Partition, "halton.step01.scaled_logits", 3, x => x + 0.01f);
        altered.Alter(RecordedFiles.MaskGit, "gradient.tok_emb.weight", 20, x => x + 1e-4f);
        altered.Alter(RecordedFiles.Tokenizer, "decoded", 1000, x => x + 0.002f);
        altered.Alter(RecordedFiles.Inception, "features.2048", 2047, x => x + 0.002f);

        var failed = (await Examine(altered.Files, isWanted: IsFloat32)).Where(f => f.State == FindingState.Failed).ToArray();

        Assert.Equal(
            ["pgm logits", "pgm halton sampler", "maskgit gradients", "tokenizer", "Inception"],
            failed.Select(f => f.Subject["cpu:0 ".Length..^", float32".Length]));
        Assert.All(failed, f => Assert.Contains("PGM_LIBTORCH", f.Advice, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Run_OneWeightIsWrong_EveryLineOfItsModelFailsInEveryType()
    {
        using var altered = new AlteredFiles();
        altered.Alter(RecordedFiles.Partition, "weights.encoder.blocks.0.attn_out.weight", 0, x => x + 30);

        var findings = await Examine(altered.Files, isWanted: IsOfTransformers);

        Assert.All(findings.Where(f => f.Subject.StartsWith("cpu:0 pgm", StringComparison.Ordinal)),
            f => Assert.Equal(f.Subject.Contains("twice", StringComparison.Ordinal) ? FindingState.Ok : FindingState.Failed, f.State));
        var others = findings.Where(f => f.Subject.StartsWith("cpu:0 maskgit", StringComparison.Ordinal));
        Assert.All(others, f => Assert.Equal(FindingState.Ok, f.State));
    }

    [Fact]
    public async Task Run_StepIsNotDeterministic_ItsLinesFailAndNoOthers()
    {
        var runs = 0;
        var findings = await Examine(decorate: task => new UnsteadyTask(task, runs++), isWanted: IsOfTransformers);

        var failed = findings.Where(f => f.State == FindingState.Failed).Select(f => f.Subject).ToArray();
        Assert.Equal(4, failed.Length);
        Assert.All(failed, subject => Assert.Contains("twice", subject, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Run_Cancelled_EndsBeforeTheNextLine()
    {
        using var thread = new DeviceThread(ComputeDevice.Cpu());
        using var cancellation = new CancellationTokenSource();
        var findings = new List<Finding>();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => DeviceExamination.Run(thread, finding =>
        {
            findings.Add(finding);
            if (finding.Subject.Contains("logits", StringComparison.Ordinal)) cancellation.Cancel();
        }, cancellation.Token));

        Assert.Contains("logits", findings[^1].Subject, StringComparison.Ordinal);
    }

    private static bool IsFloat32(string subject) => subject.EndsWith(", float32", StringComparison.Ordinal);

    private static bool IsOfTransformers(string subject) =>
        subject.Contains("pgm", StringComparison.Ordinal) || subject.Contains("maskgit", StringComparison.Ordinal);

    private async Task<List<Finding>> Examine(
        RecordedFiles? files = null, Func<TrainingTask, TrainingTask>? decorate = null, Func<string, bool>? isWanted = null)
    {
        using var thread = new DeviceThread(ComputeDevice.Cpu());
        var findings = new List<Finding>();
        await DeviceExamination.Run(thread, finding =>
        {
            findings.Add(finding);
            output.WriteLine(finding.ToString());
        }, files, decorate, isWanted);
        return findings;
    }

    /// <summary>Gradients that differ in a last bit from one run to the next, as those of an operator with atomic additions.</summary>
    private sealed class UnsteadyTask(TrainingTask inner, int run) : TrainingTask
    {
        public override nn.Module Model => inner.Model;

        public override int Examples => inner.Examples;

        public override int Label(int index) => inner.Label(index);

        public override BatchInputs MakeInputs(int count) => inner.MakeInputs(count);

        public override MicroBatchLoss Backward(BatchInputs inputs)
        {
            var loss = inner.Backward(inputs);
            using var _ = no_grad();
            if (run % 2 == 1) inner.Model.parameters().First().grad!.mul_(1 + 1e-6);
            return loss;
        }

        public override Tensor ValidationLoss(BatchInputs inputs) => inner.ValidationLoss(inputs);

        public override TrainingTask Replicate() => inner.Replicate();

        public override void Dispose() => inner.Dispose();
    }
}
