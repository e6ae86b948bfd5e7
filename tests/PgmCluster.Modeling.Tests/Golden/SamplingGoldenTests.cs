using PgmCluster.Modeling.MaskGit;
using PgmCluster.Modeling.Masking;
using PgmCluster.Modeling.Optimization;
using PgmCluster.Modeling.Partition;
using PgmCluster.Modeling.Sampling;
using PgmCluster.TestSupport;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.Tests.Golden;

[Trait("Category", "Golden")]
public class SamplingGoldenTests() : SamplingGolden(GoldenDevice.Cpu)
{
    [Fact]
    public void HaltonOrderAndCounts_AllSizes_MatchReference()
    {
        using var golden = GoldenFiles.Open("halton/halton.safetensors");
        foreach (var entry in golden.Entries)
        {
            using var scope = NewDisposeScope();
            var parts = entry.Name.Split('.');
            var expected = golden.Tensor(entry.Name).data<long>().ToArray();
            if (parts[0] == "order")
            {
                var n = int.Parse(parts[1]);
                Assert.Equal(expected, HaltonOrder.Of(n, n).SelectMany(c => new[] { (long)(c / n), c % n }));
            }
            else if (parts[0] == "halton_cum")
            {
                var (n, steps) = (int.Parse(parts[^2]), int.Parse(parts[^1]));
                if (steps > n * n) continue;
                Assert.Equal(expected, RevealSchedule.Halton(steps, n * n).Select(k => (long)k));
            }
            else if (parts[0] is "conf_maskgit_total" or "conf_pgm_count")
            {
                var (n, steps) = (int.Parse(parts[^2]), int.Parse(parts[^1]));
                if (steps > n * n) continue;
                var curve = Enum.Parse<MaskingSchedule>(parts[1], ignoreCase: true);
                var counts = parts[0] == "conf_pgm_count"
                    ? RevealSchedule.ReferenceConfidenceCounts(steps, n * n, curve)
                    : RevealSchedule.ConfidenceTotals(steps, n * n, curve);
                Assert.Equal(expected, counts.Select(k => (long)k));
            }
        }
    }

    [Fact]
    public void MaskingSchedules_AllCurves_MatchReference()
    {
        using var scope = NewDisposeScope();
        using var golden = GoldenFiles.Open("masking/masking.safetensors");
        foreach (var schedule in Enum.GetValues<MaskingSchedule>())
        {
            var mode = schedule.ToString().ToLowerInvariant();
            GoldenFiles.Close(golden.Tensor($"val_to_mask.{mode}"), schedule.MaskRatio(golden.Tensor("r")), 1e-6, 1e-6, mode);
            var ratios = schedule.MaskRatio(golden.Tensor("r_batch"));
            GoldenFiles.Close(golden.Tensor($"val_to_mask_batch.{mode}"), ratios, 1e-6, 1e-6, mode);
            GoldenFiles.Equal(golden.Tensor($"pgm.{mode}.mask"), golden.Tensor("u_pgm").lt(ratios.view(-1, 1)), mode + " partition");
            GoldenFiles.Equal(golden.Tensor($"maskgit.{mode}.mask"), golden.Tensor("u_maskgit").lt(ratios.view(-1, 1, 1)), mode + " mask");
        }
    }

    [Fact]
    public void LearningRate_BothRuns_MatchReference()
    {
        using var golden = GoldenFiles.Open("lr_schedule/lr_schedule.safetensors");
        foreach (var run in golden.Entries.Where(e => e.Name.EndsWith(".params", StringComparison.Ordinal)).Select(
            e => e.Name[..^".params".Length]))
        {
            var settings = golden.Array<double>(run + ".params");
            var expected = golden.Array<double>(run);
            var schedule = new LearningRateSchedule(settings[2], (int)settings[0], (long)settings[1]);
            for (var i = 0; i < expected.Length; i++) Assert.Equal(expected[i], schedule.At(i), 1e-12 * settings[2]);
        }
    }
}

public abstract class SamplingGolden(GoldenDevice device)
{
    protected Device Device { get; } = device.Require();

    public static TheoryData<string> Trajectories()
    {
        var data = new TheoryData<string>();
        foreach (var file in GoldenData.Files("sampling").Where(f => f.EndsWith(".json", StringComparison.Ordinal)))
            data.Add(file[..^".json".Length]);
        if (data.Count == 0) data.Add("(none)");
        return data;
    }

    [Theory, MemberData(nameof(Trajectories))]
    public void Sample_AsTheReference_ReplaysItsTrajectory(string name)
    {
        using var scope = NewDisposeScope();
        var config = GoldenFiles.Json($"sampling/{name}.json");
        using var golden = GoldenFiles.Open($"sampling/{name}.safetensors");
        var sampler = config.GetProperty("sampler").GetString()!;
        using var model = GoldenModels.Of(config.GetProperty("weights").GetString()!, Device);
        ITokenModel tokenModel = model is PartitionTransformer pgm
            ? new PartitionTokenModel(pgm)
            : new MaskGitTokenModel((MaskGitTransformer)model);
        var final = golden.On(Device, "final_code");
        var settings = Settings(config, sampler);
        var seen = 0;
        // Guidance and scale multiply the errors of the logits.
        var scaledError = 5e-5 * Math.Max(4, (1 + 2 * settings.Guidance) * Math.Max(settings.LogitScale, settings.LogitScaleEnd ?? settings.LogitScale));

        var codes = new TokenSampler(
            tokenModel, settings, (int)final.shape[1], (int)final.shape[2]).Sample(golden.On(Device, "labels"),
            new RecordedDraws(golden, Device), step =>
        {
            var prefix = $"step{step.Index:00}.";
            var grid = golden.Contains(prefix + "pred_code");
            // Where the reference predicts the whole grid and writes a part of it, only that part is predicted here.
            Tensor Logits(string part)
            {
                var expected = golden.On(Device, prefix + part);
                return grid && step.Asked is { } asked
                    ? expected.gather(1, asked.unsqueeze(2).expand(-1, -1, expected.shape[2]))
                    : expected;
            }
            GoldenFiles.Equal(
                golden.On(Device, prefix + "model_codes").flatten(1), grid ? step.GridBefore : step.KnownCodes, prefix + "known");
            if (!grid)
            {
                GoldenFiles.Equal(
                    golden.On(Device, prefix + "clean_positions").narrow(1, 1, step.KnownCells.shape[1]), step.KnownCells + 1,
                    prefix + "known positions");
                GoldenFiles.Equal(golden.On(Device, prefix + "noisy_positions"), step.Asked! + 1, prefix + "asked");
            }
            if (golden.Contains(prefix + "logits_cond"))
                GoldenFiles.Close(Logits("logits_cond"), step.Conditional, what: prefix + "conditional");
            if (golden.Contains(prefix + "logits_uncond"))
                GoldenFiles.Close(Logits("logits_uncond"), step.Unconditional!, what: prefix + "unconditional");
            if (golden.Contains(prefix + "scaled_logits"))
                GoldenFiles.Close(
                    Logits("scaled_logits").narrow(-1, 0, step.ScaledLogits.shape[2]), step.ScaledLogits, scaledError, 1e-4,
                    prefix + "scaled");
            var drawn = grid ? golden.On(Device, prefix + "pred_code").flatten(1) : golden.On(Device, prefix + "drawn");
            GoldenFiles.Equal(grid && step.Asked is not null ? drawn.gather(1, step.Asked) : drawn, step.Drawn, prefix + "drawn");
            if (grid && settings.Sampler == RevealMethod.Confidence)
                GoldenFiles.Equal(
                    golden.On(Device, prefix + "mask_after").flatten(1).ne(0), step.GridAfter.eq(tokenModel.MaskId),
                    prefix + "still masked");
            seen++;
        });

        Assert.Equal(settings.Steps, seen);
        GoldenFiles.Equal(final, codes, "final codes");
    }

    internal static TokenSamplerSettings Settings(System.Text.Json.JsonElement config, string sampler)
    {
        var isHalton = sampler.StartsWith("halton", StringComparison.Ordinal);
        var common = new TokenSamplerSettings
        {
            Sampler = isHalton ? RevealMethod.Halton : RevealMethod.Confidence,
            Steps = config.GetProperty("steps").GetInt32(),
            Guidance = config.GetProperty("cfg_w").GetDouble(),
            GuidanceSchedule = sampler == "halton_maskgit" ? GuidanceSchedule.Constant : GuidanceSchedule.Linear,
            CompatReference = true,
        };
        return isHalton
            ? common with
            {
                LogitScale = config.GetProperty("sm_temp_min").GetDouble(),
                LogitScaleEnd = config.GetProperty("sm_temp_max").GetDouble(),
                WarmUpSteps = config.GetProperty("temp_warmup").GetInt32(),
                RandomizeOrder = config.GetProperty("randomize").GetBoolean(),
                TopK = Math.Max(0, config.GetProperty("top_k").GetInt32()),
            }
            : common with
            {
                LogitScale = config.GetProperty("sm_temp").GetDouble(),
                LogitScaleEnd = config.GetProperty("sm_temp").GetDouble(),
                ConfidenceNoise = config.GetProperty("r_temp").GetDouble(),
                Curve = Enum.Parse<MaskingSchedule>(config.GetProperty("sched_mode").GetString()!, ignoreCase: true),
            };
    }

    private sealed class RecordedDraws(Data.Safetensors.SafetensorsFile golden, Device device) : SamplerDraws(null!)
    {
        public override Tensor Uniforms(int step, long batch, long positions) => golden.On(device, $"step{step:00}.uniforms");

        public override Tensor Gumbel(int step, long batch, long positions) => golden.On(device, $"step{step:00}.gumbel");

        public override int[] Rolls(long batch, int cells)
        {
            using var rolls = golden.Tensor("halton_roll");
            return [.. rolls.data<long>().Select(r => (int)r)];
        }
    }
}
