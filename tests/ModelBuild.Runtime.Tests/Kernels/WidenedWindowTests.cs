using ModelBuild.Runtime.Kernels;
using ModelBuild.TestSupport;

namespace ModelBuild.Runtime.Tests.Kernels;

/// <summary>
/// What kernels find at the places of pixels: of every quad the even bytes as words, and the odd ones a plane behind. The bytes end at an
/// inaccessible page, and the thread's memory still has what was widened before.
/// </summary>
public sealed unsafe class WidenedWindowTests
{
    private static readonly int[] s_steps = [1, 2, 3, 16, 31];

    [Fact]
    public void Widen_EveryLengthAndPlace_HasTheBytesOfEachQuad()
    {
        var random = new Random(5);
        foreach (int length in Enumerable.Range(1, 200).Concat(Enumerable.Range(1, 200).Reverse()))
        {
            using GuardedSpan<byte> source = Random(random, length);
            foreach (int reach in (int[])[1, 2, 4, 6, 8, 20, 36, length])
            {
                foreach (int step in s_steps.Where(_ => reach <= length))
                {
                    // The last pixel reads the last byte, wherever it begins.
                    IEnumerable<int> places = Enumerable.Range(0, 95).Select(i => i * step).Where(p => p + reach < length);
                    AssertWidens(source, [.. places, length - reach], reach);
                }
            }
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Widen_LargestWindow_HasItsPlanesApart(int missing)
    {
        using GuardedSpan<byte> source = Random(new Random(6), WidenedWindow.MaximumBytes - missing);
        AssertWidens(source, [0, 1, 30_000, 30_001, WidenedWindow.MaximumBytes - missing - 40_000], 40_000);
    }

    /// <summary>The third plane is made when a pixel begins at an odd place, and was left as it was before.</summary>
    [Fact]
    public void Widen_EvenPlacesThenOddOnes_DoesNotTakeWhatWasThere()
    {
        var random = new Random(7);
        for (int i = 0; i < 10; i++)
        {
            using GuardedSpan<byte> even = Random(random, 100);
            AssertWidens(even, [0, 10, 80], 20);
            using GuardedSpan<byte> odd = Random(random, 101);
            AssertWidens(odd, [0, 11, 81], 20);
        }
    }

    [Fact]
    public void Widen_OnTwoThreads_IsInMemoryOfEach()
    {
        using GuardedSpan<byte> source = Random(new Random(8), 64);
        nint here = Place(source);
        nint there = 0;
        var thread = new Thread(() => there = Place(source));
        thread.Start();
        thread.Join();
        Assert.NotEqual(here, there);
        Assert.Equal(here, Place(source));

        static nint Place(GuardedSpan<byte> source)
        {
            fixed (byte* bytes = source.Span)
            {
                byte* pixel = bytes;
                Widen(&pixel, 1, source.Span.Length);
                return (nint)pixel;
            }
        }
    }

    /// <summary>As the driver does it.</summary>
    private static void Widen(byte** pixels, int count, nint reach)
    {
        byte* first = pixels[0];
        nint length = (nint)(pixels[count - 1] - first) + reach;
        bool hasOdd = false;
        for (int i = 0; i < count; i++)
        {
            hasOdd |= ((pixels[i] - first) & 1) != 0;
        }

        byte* even = WidenedWindow.Widen(first, length, hasOdd);
        for (int i = 0; i < count; i++)
        {
            pixels[i] = even + (pixels[i] - first);
        }

        if (hasOdd)
        {
            WidenedWindow.MoveOdd(pixels, count);
        }
    }

    private static GuardedSpan<byte> Random(Random random, int length)
    {
        var bytes = new GuardedSpan<byte>(length);
        random.NextBytes(bytes.Span);
        return bytes;
    }

    private static void AssertWidens(GuardedSpan<byte> source, int[] places, int reach)
    {
        Span<byte> span = source.Span;
        byte** pixels = stackalloc byte*[places.Length];
        fixed (byte* bytes = span)
        {
            for (int i = 0; i < places.Length; i++)
            {
                pixels[i] = bytes + places[i];
            }

            Widen(pixels, places.Length, reach);
        }

        for (int i = 0; i < places.Length; i++)
        {
            // Steps are even; a dword of a plane is two words.
            for (int offset = 0; offset < reach; offset++)
            {
                byte* plane = pixels[i] + (offset % 2 * WidenedWindow.PlaneStep);
                ushort word = *(ushort*)(plane + offset - (offset % 2));
                if (word != span[places[i] + offset])
                {
                    Assert.Fail($"{span.Length} bytes, a pixel at {places[i]}: byte {offset} is {word}, not {span[places[i] + offset]}.");
                }
            }
        }
    }
}
