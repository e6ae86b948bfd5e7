using System.Diagnostics;
using PgmCluster.Data.Safetensors;
using PgmCluster.Modeling.Partition;
using PgmCluster.Modeling.Tokenizer;
using PgmCluster.Modeling.Weights;
using PgmCluster.TestSupport;
using Xunit.Abstractions;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.Tests.Golden;

/// <summary>
/// The published models' sizes with formula weights. They take minutes and gigabytes, so they run only where <c>PGM_FULL_SIZE=1</c> asks
/// for them: <c>PGM_FULL_SIZE=1 dotnet test -c Release tests/PgmCluster.Modeling.Tests --filter FullyQualifiedName~FullSizeGolden</c>.
/// </summary>
[Trait("Category", "Golden")]
public class FullSizeGoldenTests(ITestOutputHelper output)
{
    [Fact]
    public void Predict_PartitionTransformerFromItsFile_GivesRecordedLogits()
    {
        RequireAsked();
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var config = GoldenFiles.Json("vq_fullsize_formula/pgm.json");
        using var golden = GoldenFiles.Open("vq_fullsize_formula/pgm.safetensors");
        var path = Path.GetTempFileName();
        try
        {
            using (var made = new PartitionTransformer(PartitionConfig.Read(config), seed: null))
            {
                var state = StateDict.Of(made);
                Fill(state, config);
                var writer = new SafetensorsWriter();
                foreach (var (name, tensor, _) in state.Entries)
                    writer.Add(name, TensorTypes.Of(tensor.dtype), tensor.shape, stream => stream.Write(tensor.bytes));
                using var file = File.Create(path);
                writer.WriteTo(file);
            }

            var begun = Stopwatch.GetTimestamp();
            using var model = new PartitionTransformer(PartitionConfig.Read(config), seed: null);
            using (var file = SafetensorsFile.Open(path)) WeightsFile.Load(StateDict.Of(model), file);
            var seconds = Stopwatch.GetElapsedTime(begun).TotalSeconds;
            output.WriteLine(
                $"{StateDict.Of(model).Parameters.Sum(p => p.Tensor.numel()) / 1e6:0} M parameters made and loaded in {seconds:0.0} s; "
                + $"process peak {Process.GetCurrentProcess().PeakWorkingSet64 / 1e9:0.0} GB");

            Tensor Logits(bool dropped) => model.Predict(
                golden.Tensor("x"), golden.Tensor("clean_positions"), golden.Tensor("noisy_positions"), golden.Tensor("concrete_lengths"),
                model.Condition(golden.Tensor("y"), full_like(golden.Tensor("y"), dropped, dtype: @bool)));
            var logits = Logits(dropped: false);
            var probe = golden.Tensor("logits_probe");
            GoldenFiles.Close(probe, logits.narrow(2, 0, probe.shape[2]), what: "logits");
            GoldenFiles.Close(
                golden.Tensor("logits_probe_uncond"), Logits(dropped: true).narrow(2, 0, probe.shape[2]), what: "logits without label");
            GoldenFiles.Equal(golden.Tensor("logits_argmax"), logits.argmax(-1), "most likely codes");
            GoldenFiles.Close(golden.Tensor("logits_logsumexp"), logits.to_type(float64).logsumexp(-1), what: "log-sum-exp");
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void TokenizeAndReconstruct_Vq8_GivesRecordedCodesAndPixels()
    {
        RequireAsked();
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var config = GoldenFiles.Json("vq_fullsize_formula/vq.json");
        using var golden = GoldenFiles.Open("vq_fullsize_formula/vq.safetensors");
        using var model = new VqTokenizer(VqConfig.Read(config), seed: null);
        Fill(StateDict.Of(model), config);

        var expected = golden.Tensor("codes");
        var images = Images((int)expected.shape[^1] * model.Settings.Downsampling, Phase(config));

        var codes = model.Tokenize(images);
        var decoded = model.Decode(expected);

        GoldenFiles.Close(golden.Tensor("h"), model.Latents(images), what: "latents");
        var sure = golden.Tensor("code_gap_f64").view(expected.shape).gt(1e-5);
        GoldenFiles.Equal(expected.masked_select(sure), codes.view(expected.shape).masked_select(sure), "codes");
        GoldenFiles.Close(golden.Tensor("image_probe"), decoded.flatten()[golden.Tensor("image_probe_index")], what: "pixels");
    }

    private static void Fill(StateDict state, System.Text.Json.JsonElement config) => FormulaWeights.Fill(state,
        config.TryGetProperty("fill_gain", out var gain) ? gain.GetDouble() : 1.5,
        Phase(config));

    private static double Phase(System.Text.Json.JsonElement config) =>
        config.TryGetProperty("fill_phase", out var phase) ? phase.GetDouble() : 0;

    /// <summary>The golden data's picture, F32 [1, 3, S, S].</summary>
    private static Tensor Images(int side, double phase)
    {
        var values = new float[3 * side * side];
        for (var i = 0; i < values.Length; i++)
        {
            var (c, y, x) = (i / (side * side), i / side % side, i % side);
            values[i] = (float)(0.8 * Math.Sin(0.05 * (c + 1) * y + 0.03 * x + 0.5 * c + 0.002 * x * y + phase));
        }
        return tensor(values, [1, 3, side, side]);
    }

    private static void RequireAsked()
    {
        if (Environment.GetEnvironmentVariable("PGM_FULL_SIZE") != "1")
            throw GoldenData.Skipped("models of full size take minutes and gigabytes; PGM_FULL_SIZE=1 runs them");
    }
}
