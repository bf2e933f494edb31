using System.Runtime.Intrinsics.Arm;
using ModelBuild.Runtime.Cpu;
using ModelBuild.Runtime.Kernels;
using ModelBuild.Runtime.Tests.Kernels.Checks;

namespace ModelBuild.Runtime.Tests.Kernels;

/// <summary>
/// Every heavy kernel of every tier of this kind of processor, against the reference. Tiers whose instructions this one lacks are
/// skipped here, and tested by <see cref="EveryKernel_OfATierWithoutItsInstructions_EqualsReference"/> as far as other instructions can
/// stand in.
/// </summary>
public sealed class TierTests
{
    public static TheoryData<string> Tiers =>
    [
        .. Enum.GetValues<Tier>()
            .Where(tier => tier == Tier.Scalar || (tier is Tier.AdvSimd or Tier.AdvSimdDp) == ArmBase.IsSupported)
            .Select(tier => tier.ToString()),
    ];

    [TierTheory]
    [MemberData(nameof(Tiers))]
    public void ConvolutionUInt8_EveryShapeAndEpilogue_EqualsReference(string tier)
        => ForEach(tier, ConvolutionCase.Dense, (checks, @case) => checks.ConvolutionUInt8(@case, KernelChecks.Fill.Random));

    [TierTheory]
    [MemberData(nameof(Tiers))]
    public void ConvolutionUInt8_ExtremeValues_DoesNotSaturate(string tier)
    {
        foreach (KernelChecks.Fill fill in Enum.GetValues<KernelChecks.Fill>())
        {
            ForEach(tier, ConvolutionCase.Dense.Take(40), (checks, @case) => checks.ConvolutionUInt8(@case, fill));
        }
    }

    [TierTheory]
    [MemberData(nameof(Tiers))]
    public void ConvolutionUInt8_WindowsThatAreWidenedOrNot_EqualsReference(string tier)
        => ForEach(tier, ConvolutionCase.Windows, (checks, @case) => checks.ConvolutionUInt8(@case, KernelChecks.Fill.Random));

    [TierTheory]
    [MemberData(nameof(Tiers))]
    public void ConvolutionFloat32_EveryShapeAndEpilogue_IsWithinSummationBound(string tier)
        => ForEach(tier, ConvolutionCase.Dense, (checks, @case) => checks.ConvolutionFloat32(@case));

    [TierTheory]
    [MemberData(nameof(Tiers))]
    public void ConvolutionFloat32_Volumes_IsWithinSummationBound(string tier)
        => ForEach(tier, ConvolutionCase.Volumes, (checks, @case) => checks.VolumeFloat32(@case));

    [TierTheory]
    [MemberData(nameof(Tiers))]
    public void UnpackedFloat32_EveryShape_EqualsPackedWeights(string tier)
    {
        ForEach(tier, ConvolutionCase.Volumes.Concat(ConvolutionCase.Dense), (checks, @case) => checks.UnpackedFloat32(@case));
        ForEach(tier, ConvolutionCase.Depthwise, (checks, @case) => checks.UnpackedFloat32(@case));
    }

    [TierTheory]
    [MemberData(nameof(Tiers))]
    public void DepthwiseUInt8_EveryShapeAndEpilogue_EqualsReference(string tier)
        => ForEach(tier, ConvolutionCase.Depthwise, (checks, @case) => checks.DepthwiseUInt8(@case, KernelChecks.Fill.Random));

    [TierTheory]
    [MemberData(nameof(Tiers))]
    public void DepthwiseUInt8_ExtremeValues_DoesNotSaturate(string tier)
    {
        foreach (KernelChecks.Fill fill in Enum.GetValues<KernelChecks.Fill>())
        {
            ForEach(tier, ConvolutionCase.Depthwise, (checks, @case) => checks.DepthwiseUInt8(@case, fill));
        }
    }

    [TierTheory]
    [MemberData(nameof(Tiers))]
    public void DepthwiseFloat32_EveryShapeAndEpilogue_IsWithinSummationBound(string tier)
        => ForEach(tier, ConvolutionCase.Depthwise, (checks, @case) => checks.DepthwiseFloat32(@case));

    [TierTheory]
    [MemberData(nameof(Tiers))]
    public void MatrixUInt8_EveryShapeAndEpilogue_EqualsReference(string tier)
    {
        foreach (KernelChecks.Fill fill in Enum.GetValues<KernelChecks.Fill>())
        {
            ForEach(tier, MatrixCase.All, (checks, @case) => checks.MatrixUInt8(@case, fill));
        }
    }

    /// <summary>As where a model finds nothing to go on with.</summary>
    [TierTheory]
    [MemberData(nameof(Tiers))]
    public void Matrix_NoRows_IsNothing(string tier)
    {
        KernelTable kernels = KernelTable.For(Enum.Parse<Tier>(tier));
        var shape = new GemmShape(0, 7, 20);
        var multipliers = new float[shape.PaddedColumns];
        var epilogue = Epilogue.ToUInt8(new int[shape.PaddedColumns], multipliers, 0, 0, 255, []);
        var scratch = new byte[shape.ScratchBytes(1)];
        sbyte[] weights = WeightPacking.MatrixInt8(new sbyte[shape.RightLength], shape);
        float[] floats = WeightPacking.MatrixFloat32(new float[shape.RightLength], shape);
        foreach (int threads in (ReadOnlySpan<int>)[1, 3])
        {
            Gemm.UInt8(kernels, shape, [], weights, epilogue, scratch, threads);
            Gemm.Float32(kernels, shape, [], floats, FloatEpilogue.Store(multipliers, 0, 1, []), threads);
        }
    }

    [TierTheory]
    [MemberData(nameof(Tiers))]
    public void SparseConvolutionUInt8_EveryShapeAndEpilogue_EqualsReference(string tier)
    {
        ForEach(tier, ConvolutionCase.Dense.Concat(ConvolutionCase.Long), (checks, @case) =>
        {
            checks.SparseConvolutionUInt8(@case, KernelChecks.Fill.Random, 1);
            checks.SparseConvolutionUInt8(@case, KernelChecks.Fill.Random, 2);
        });
        ForEach(tier, ConvolutionCase.Dense.Take(20), (checks, @case) =>
        {
            checks.SparseConvolutionUInt8(@case, KernelChecks.Fill.LargestProducts, 2);
            checks.SparseConvolutionUInt8(@case, KernelChecks.Fill.SmallestProducts, 1);
        });
    }

    [TierTheory]
    [MemberData(nameof(Tiers))]
    public void SparseMatrixUInt8_EveryShapeAndEpilogue_EqualsReference(string tier)
    {
        foreach (KernelChecks.Fill fill in Enum.GetValues<KernelChecks.Fill>())
        {
            ForEach(tier, MatrixCase.All, (checks, @case) => checks.SparseMatrixUInt8(@case, fill, 1));
            ForEach(tier, MatrixCase.All, (checks, @case) => checks.SparseMatrixUInt8(@case, fill, 2));
        }
    }

    [TierTheory]
    [MemberData(nameof(Tiers))]
    public void MatrixFloat32_EveryShapeAndEpilogue_IsWithinSummationBound(string tier)
        => ForEach(tier, MatrixCase.All, (checks, @case) => checks.MatrixFloat32(@case));

    [TierTheory]
    [MemberData(nameof(Tiers))]
    public void BatchedFloat32_EveryShapeAndBroadcast_IsWithinSummationBound(string tier)
        => ForEach(tier, MatrixCase.All, (checks, @case) => checks.BatchedFloat32(@case));

    [TierTheory]
    [MemberData(nameof(Tiers))]
    public void Epilogues_SumsAtHalves_AreNotFused(string tier) => new KernelChecks(KernelTable.For(Enum.Parse<Tier>(tier))).SumsAtHalves();

    [TierTheory]
    [MemberData(nameof(Tiers))]
    public void Epilogues_ClampsOfNaN_PassItOn(string tier) => new KernelChecks(KernelTable.For(Enum.Parse<Tier>(tier))).ClampsOfNaN();

    [TierTheory(StandIns = true)]
    [MemberData(nameof(Tiers))]
    public void EveryKernel_OfATierWithoutItsInstructions_EqualsReference(string tier)
    {
        foreach (KernelChecks.Fill fill in Enum.GetValues<KernelChecks.Fill>())
        {
            ForEach(tier, ConvolutionCase.Dense.Take(60), (checks, @case) => checks.ConvolutionUInt8(@case, fill));
            ForEach(tier, ConvolutionCase.Depthwise, (checks, @case) => checks.DepthwiseUInt8(@case, fill));
            ForEach(tier, MatrixCase.All, (checks, @case) => checks.MatrixUInt8(@case, fill));
            ForEach(tier, ConvolutionCase.Dense.Take(60), (checks, @case) => checks.SparseConvolutionUInt8(@case, fill, 2));
            ForEach(tier, MatrixCase.All, (checks, @case) => checks.SparseMatrixUInt8(@case, fill, 1));
        }

        ForEach(tier, ConvolutionCase.Dense, (checks, @case) => checks.ConvolutionFloat32(@case));
        ForEach(tier, ConvolutionCase.Depthwise, (checks, @case) => checks.DepthwiseFloat32(@case));
        ForEach(tier, MatrixCase.All, (checks, @case) => checks.MatrixFloat32(@case));
        ForEach(tier, MatrixCase.All, (checks, @case) => checks.BatchedFloat32(@case));
        var all = new KernelChecks(KernelTable.For(Enum.Parse<Tier>(tier)));
        all.SumsAtHalves();
        all.ClampsOfNaN();
    }

    private static void ForEach<TCase>(string tier, IEnumerable<TCase> cases, Action<KernelChecks, TCase> check)
    {
        var checks = new KernelChecks(KernelTable.For(Enum.Parse<Tier>(tier)));
        foreach (TCase @case in cases)
        {
            check(checks, @case);
        }
    }
}
