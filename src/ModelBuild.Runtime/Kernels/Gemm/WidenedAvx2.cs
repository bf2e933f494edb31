using ModelBuild.Runtime.Cpu;
using static ModelBuild.Runtime.Cpu.Assembler;

namespace ModelBuild.Runtime.Kernels;

/// <summary>
/// Bytes on AVX2 whose inputs <see cref="WidenedWindow"/> has widened to words: a step multiplies the even bytes of a quad by even weights
/// with <c>vpmaddwd</c>, then the odd ones. <c>vpmaddubsw</c>, which takes bytes, would saturate.
/// </summary>
/// <remarks>
/// Widening inside of the kernel takes two instructions for each pixel, step and panel, and twice the registers: this way a tile has six
/// pixels. Weights are widened once for all six, in three instructions for 32 bytes. <c>WidenedAvx2Tests</c> holds every form to the
/// scalar kernels.
/// </remarks>
internal sealed class WidenedAvx2(Assembler code, int rows, FinishingForm? finishing) : Avx2Writer(code, rows, finishing)
{
    private const int BitsOfByte = 8;
    private const int Input = 2;
    private const int Products = 3;
    private const int EvenWeights = 0;

    /// <summary>Where registers are left, the weights of odd bytes have registers of their own, and memory is read once.</summary>
    private readonly int _oddWeights = rows < MaximumRows ? Sum(rows, 0) : EvenWeights;

    /// <inheritdoc/>
    protected override void Step(int steps)
    {
        for (int step = 0; step < steps; step++)
        {
            bool areApart = _oddWeights != EvenWeights;
            LoadWeights(step, EvenWeights);
            for (int part = 0; part < Parts; part++)
            {
                if (areApart)
                {
                    Code.ShiftWordsRight(_oddWeights + part, EvenWeights + part, BitsOfByte);
                }

                Code.ShiftWordsLeft(EvenWeights + part, EvenWeights + part, BitsOfByte);
                Code.ShiftWordsRight(EvenWeights + part, EvenWeights + part, BitsOfByte);
            }

            AddProducts(step, EvenWeights, plane: 0);
            if (!areApart)
            {
                LoadWeights(step, _oddWeights);
                for (int part = 0; part < Parts; part++)
                {
                    Code.ShiftWordsRight(_oddWeights + part, _oddWeights + part, BitsOfByte);
                }
            }

            AddProducts(step, _oddWeights, WidenedWindow.PlaneStep);
        }

        Code.Add(Weights, steps * WeightBytes);
        Code.Add(Offset, steps * sizeof(int));
    }

    /// <inheritdoc/>
    protected override void Finish(
        FinishingForm form, Address arguments, (Register Output, Register Beside, Register Multipliers) registers) =>
        FinishingAvx2.Write(
            Code, Rows, form, arguments, (registers.Output, registers.Beside, registers.Multipliers, FreeBetweenTiles));

    private void LoadWeights(int step, int target)
    {
        for (int part = 0; part < Parts; part++)
        {
            Code.LoadVector(target + part, new Address(Weights, (step * WeightBytes) + (part * VectorBytes)));
        }
    }

    /// <summary>Adds the products of half of a quad.</summary>
    private void AddProducts(int step, int weights, int plane)
    {
        for (int row = 0; row < Rows; row++)
        {
            Code.BroadcastInt32(Input, new Address(Place(row), plane + (step * sizeof(int)), Offset));
            Code.PairProducts(Products, Input, weights);
            Code.AddInt32(Sum(row, 0), Products);
            Code.PairProducts(Input, Input, weights + 1);
            Code.AddInt32(Sum(row, 1), Input);
        }
    }
}
